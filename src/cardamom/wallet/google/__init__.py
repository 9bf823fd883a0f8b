"""Google Wallet: classes and objects, save links, updates within Google's limits, and verified callbacks."""
