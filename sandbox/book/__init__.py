"""The bank behind the practice core: a ledger in SQLite, its interest, its loans and its nights. No HTTP, no XML.

Money is in fen, days are `date`; every function that changes something runs inside `database.transaction`.
"""
