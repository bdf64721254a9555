"""Who else is told of a training and of its report: TensorBoard, Weights & Biases.

Each is an extra; their names are in `EXTRAS` and nothing is imported before one is opened.
"""
