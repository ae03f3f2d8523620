"""What the bank asks of recipients before it gives them anything, as versioned data.

The files beside this text hold the rules in Japanese and English: criteria, accepted
certificates, clauses and wording of contracts. Modules here read them once and refuse a
file of a form that they do not know. Everything above may import them; they read no
database, and nobody's answer to a criterion is kept here.
"""
