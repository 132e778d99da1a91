"""Who looks at pages and calls the API, and what they may: asked of each request, in one place."""
