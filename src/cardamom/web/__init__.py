"""The frame of every surface: base templates, parts, style, static files and the assembly of the application.

A page looks the same wherever it comes from, works without script at 320 pixels, and asks no third party for anything.
No rule of the business lives here.
"""
