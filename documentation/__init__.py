"""The clinical record: patients, encounters, images, interpretation, signature.

Nothing here knows of claims. `claims` may import this package; never the reverse.
"""
