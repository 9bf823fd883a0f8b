"""Stamp art: PNG pictures of a card's stamps for wallets and previews, drawn once and addressed by their content."""
