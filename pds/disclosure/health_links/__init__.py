"""Links by which a person shows chosen records to a doctor (SMART Health Links).

Nobody at the other end has an account or a contract here: the link itself, which the
person hands over, is what counts, and a passcode if the person set one. It is the
person's own act, not a recipient's request, so no gate of recipients stands before it;
opening it is a disclosure in the log all the same.

The file is encrypted when the link is made, under a key that stands in the link alone:
the bank keeps the ciphertext and no key, and cutting the link deletes the ciphertext.
"""
