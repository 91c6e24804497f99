# SPDX-License-Identifier: Apache-2.0
"""A program of its own: reads a Keras model and writes a float32 `.tflite` model of batch size 1.

`boards.keras_model` runs it, so that neither TensorFlow's memory nor what it prints is airloop's.
It tells a mistake of the user as the last line of standard output, with exit code 2.
"""

import sys
from pathlib import Path
from typing import Any

USER_ERROR = 2


class ConversionError(Exception):
    """A model cannot be read, or is not of one input of a known shape."""


def main(*, source: Path, target: Path) -> None:
    """Convert one file into another."""
    target.write_bytes(_converted(_loaded(source)))


def _loaded(source: Path) -> Any:  # noqa: ANN401  # TensorFlow publishes no types
    import tensorflow as tf  # pyright: ignore[reportMissingModuleSource]  # an extra

    try:
        return tf.keras.models.load_model(source, compile=False)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with a file of others
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise ConversionError(f"no Keras model that can be read ({first})") from None


def _converted(model: Any) -> bytes:  # noqa: ANN401
    import tensorflow as tf  # pyright: ignore[reportMissingModuleSource]  # an extra

    shape = model.input_shape
    if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape[1:]):
        raise ConversionError(f"reads {shape}; one input of a known shape is supported")
    x = tf.keras.Input(batch_shape=(1, *shape[1:]))
    single = tf.keras.Model(x, model(x, training=False))
    converted: bytes = tf.lite.TFLiteConverter.from_keras_model(single).convert()
    return converted


if __name__ == "__main__":
    try:
        main(source=Path(sys.argv[1]), target=Path(sys.argv[2]))
    except ConversionError as error:
        sys.stdout.write(f"\n{error}\n")
        sys.exit(USER_ERROR)
