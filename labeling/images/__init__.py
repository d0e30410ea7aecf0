"""What a pin's image becomes: opened once, checked, measured, kept as a thumbnail.

Modules, in the order an image meets them: `addresses` and `fetching` (URLs), `opening` (paths and
URLs -> bytes), `decoding` (bytes -> RGB), `measuring` (RGB -> quality, perceptual hash), `looking`
(the step), `reading` (what it left), `counting` (the report). `classic` makes features of images.
"""
