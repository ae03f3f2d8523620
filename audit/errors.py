"""The one error of everything that reads proofs, notes, leaves and exports."""


class VerificationError(Exception):
    """What was presented is malformed, or does not prove what it claims.

    The pure modules raise nothing else, whatever bytes they are fed. The message
    says what is wrong in one sentence and repeats nothing of the input but
    numbers and names.
    """
