"""The pictures of passes: stamps, signs, gifts and previews, drawn with Pillow from small descriptions.

Promises that an address of a picture that was given once is answered for ever: it carries the hash of what is drawn,
and the description behind that hash is kept. Never draws on the event loop, and never draws anything personal.
"""
