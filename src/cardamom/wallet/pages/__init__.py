"""What people see of wallets: the buttons behind a card's link, and the owner's settings."""
