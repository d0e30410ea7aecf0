"""The pages of the app, one module each: `show(visit)` draws it."""
