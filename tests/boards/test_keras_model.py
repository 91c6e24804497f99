# SPDX-License-Identifier: Apache-2.0
"""Keras models become graphs that compute what Keras does; without TensorFlow, a line says so."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boards import image, keras_model, memory, reference
from boards.affine import to_int8
from boards.compress.pipeline import is_float, quantize_model
from boards.errors import GraphError
from boards.requantization import quantization_of
from sim.twin import Twin

needs_tensorflow = pytest.mark.skipif(
    find_spec("tensorflow") is None,
    reason="TensorFlow is not installed: pip install -c constraints.txt -e '.[tensorflow]'",
)


def model_of_every_layer() -> Any:
    """Return a small Keras model of the layers that devices can run, unevenly loud."""
    import tensorflow as tf  # pyright: ignore[reportMissingModuleSource]  # an extra

    layers = tf.keras.layers
    source = tf.keras.Input((16, 12, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(source)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.LeakyReLU(0.1)(layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x))
    y = layers.Conv2D(8, 3, padding="same", dilation_rate=2, groups=2)(x)
    x = layers.ZeroPadding2D(1)(layers.Concatenate()([x, y]))
    x = layers.AveragePooling2D(2)(layers.Cropping2D(1)(layers.UpSampling2D(2)(x)))
    x = layers.MaxPooling2D(2, strides=1)(x)
    gate = layers.Dense(24, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Reshape((1, 1, 24))(gate)])
    x = layers.Subtract()([layers.Add()([x, x]), layers.Activation("tanh")(x)])
    x = layers.Flatten()(layers.Permute((2, 1, 3))(x))
    return tf.keras.Model(source, layers.Dense(5, activation="softmax")(x))


@pytest.mark.slow
@needs_tensorflow
@pytest.mark.filterwarnings("default")
def test_a_model_computes_what_keras_does_and_runs_as_integers(tmp_path: Path) -> None:
    model, path = model_of_every_layer(), tmp_path / "layers.keras"
    model.save(path)
    x = np.random.default_rng(1).standard_normal((16, 16, 12, 3)).astype(np.float32)

    graph = keras_model.load(path)

    assert is_float(graph)
    np.testing.assert_allclose(reference.run(graph, x), model.predict(x, verbose=0), atol=1e-6)
    quantized = quantize_model(graph, x)
    compiled = image.compile(quantized.graph, memory.plan(quantized.graph))
    integers = to_int8(x, quantization_of(quantized.graph.tensors[quantized.graph.input]))
    y = Twin(compiled).run_batch(integers.reshape(-1, *compiled.input_shape))
    expected = reference.run(quantized.graph, integers)
    np.testing.assert_array_equal(y.reshape(expected.shape), expected)
    assert quantized.error < 0.01


@pytest.mark.slow
@needs_tensorflow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("name", "problem"),
    [("text", "no Keras model that can be read"), ("open", "one input of a known shape")],
)
def test_a_file_that_is_no_such_model_is_one_line(name: str, problem: str, tmp_path: Path) -> None:
    import tensorflow as tf  # pyright: ignore[reportMissingModuleSource]  # an extra

    path = tmp_path / f"{name}.keras"
    path.write_text("no model at all")
    if name == "open":
        source = tf.keras.Input((None, None, 3))
        tf.keras.Model(source, tf.keras.layers.Conv2D(2, 3)(source)).save(path)

    with pytest.raises(GraphError, match=problem) as caught:
        keras_model.load(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_without_tensorflow_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_model, "find_spec", lambda _: None)

    with pytest.raises(GraphError, match=r"TensorFlow, which reads it, is missing\. Try: .*pip"):
        keras_model.load(tmp_path / "mine.keras")
