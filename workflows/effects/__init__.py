"""What runs do outside of their tree: one file per kind of effect, with all that is known about it.

A kind is a class: its fields are the payload that is journaled before it happens, and its methods
how it is done and found again after a crash, what stands in the way of undoing it, its undoing,
and how it is left to a person. It works through small protocols that a forge's operations fulfil,
as far as that forge has such things. `table` reads what the journal holds.
"""
