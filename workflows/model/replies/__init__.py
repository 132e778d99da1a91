"""From a provider's answer to a Reply: calls, thoughts and text, in whatever form a family of models gives them."""
