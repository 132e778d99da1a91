"""The trees and sandboxes of a run, and the commits made from them."""
