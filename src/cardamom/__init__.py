"""Cardamom, the loyalty platform for places with regulars.

One folder per word that a shop owner would understand, and imports that point down only: `kit` at the bottom, `cli`
at the top. `docs/explanation/how-the-ledger-works.md` is the place to begin reading.
"""
