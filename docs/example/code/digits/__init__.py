"""A one-layer perceptron for 8 x 8 handwritten digits, trained with numpy alone."""

__version__ = "1.0.0"
