"""Looking at an installation without changing it: what `infobank doctor` tells.

Each module asks one kind of question and answers with findings. Nothing here writes,
takes the writer's lock, makes a key or moves the schema, so it works beside a service
that runs. May be imported by delivery only.
"""
