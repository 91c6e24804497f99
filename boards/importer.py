# SPDX-License-Identifier: Apache-2.0
"""From a `torch.export` program to a float32 graph: layout, folding and fusion.

Batch normalisation is folded into the weights before it, ReLU and its like are fused into what is
before them, dropout and identities vanish, and planes [1, channel, height, width] become
[height, width, channel].
"""

from collections.abc import Mapping

from torch.export import ExportedProgram

from boards.errors import GraphError
from boards.graph import Activation, Graph, OperatorKind
from boards.importing import joining, mapping, moving, weighted, windows
from boards.importing.reader import Handler, Reader


def from_exported_program(program: ExportedProgram, *, name: str) -> Graph:
    """Turn a program exported from a module in eval mode into a float32 graph.

    Parameters
    ----------
    program : torch.export.ExportedProgram
        From `torch.export.export(module.eval(), (x,))` with x float32 of one slot:
        [1, num_in, height, width], or any other shape that begins with 1.
    name : str
        Name of the network.

    Returns
    -------
    Graph
        float32, channels last; operators are named after the modules they come from. Input and
        output of four dimensions are [height, width, num_channels], others as in the program.

    Raises
    ------
    GraphError
        If anything in the program is not supported; the message names every such node.
    """
    reader = Reader(program, _HANDLERS)
    for node in program.graph.nodes:
        reader.read(node)
    if reader.problems:
        raise GraphError(
            f"cannot import network {name!r}: {'; '.join(reader.problems)}. "
            f"Supported are {', '.join(supported())}"
        )
    return reader.builder.graph(name, output=reader.output)


def supported() -> tuple[str, ...]:
    """Return what can be imported, as PyTorch calls it."""
    return tuple(sorted({one.split(".")[1] for one in _HANDLERS if one.startswith("aten.")}))


_RESHAPES = (
    "aten.flatten.using_ints",
    "aten.reshape.default",
    "aten.squeeze.default",
    "aten.squeeze.dim",
    "aten.squeeze.dims",
    "aten.unflatten.int",
    "aten.unsqueeze.default",
    "aten.view.default",
)
_IDENTITIES = (
    "aten.alias.default",
    "aten.clone.default",
    "aten.contiguous.default",
    "aten.detach.default",
    "aten.to.dtype",
)
_HANDLERS: Mapping[str, Handler] = {
    "aten.conv2d.default": weighted.read_convolution,
    "aten.conv2d.padding": weighted.read_convolution,
    "aten.linear.default": weighted.read_linear,
    "aten.batch_norm.default": weighted.read_batch_norm,
    "aten.add.Tensor": joining.reads(OperatorKind.ADD),
    "aten.sub.Tensor": joining.reads(OperatorKind.SUB),
    "aten.mul.Tensor": joining.reads(OperatorKind.MUL),
    "aten.rsub.Scalar": joining.read_reversed_difference,
    "aten.div.Tensor": joining.read_quotient,
    "aten.neg.default": joining.read_negation,
    "aten.cat.default": joining.read_concatenation,
    "aten.avg_pool2d.default": windows.read_average,
    "aten.max_pool2d.default": windows.read_maximum,
    "aten.adaptive_avg_pool2d.default": windows.adaptive(OperatorKind.AVERAGE_POOL_2D),
    "aten.adaptive_max_pool2d.default": windows.adaptive(OperatorKind.MAX_POOL_2D),
    "aten.upsample_nearest2d.vec": windows.resized(is_exact=False),
    "aten._upsample_nearest_exact2d.vec": windows.resized(is_exact=True),
    "aten.permute.default": moving.read_permutation,
    "aten.transpose.int": moving.read_transposition,
    "aten.pad.default": moving.read_padding,
    "aten.constant_pad_nd.default": moving.read_padding,
    "aten.slice.Tensor": moving.read_slice,
    "aten.select.int": moving.read_selection,
    "aten.chunk.default": moving.read_parts,
    "aten.split.Tensor": moving.read_parts,
    "aten.split_with_sizes.default": moving.read_parts,
    "<built-in function getitem>": moving.read_item,
    "aten.relu.default": mapping.activates(Activation.RELU),
    "aten.relu6.default": mapping.activates(Activation.RELU6),
    "aten.hardtanh.default": mapping.read_clamping,
    "aten.clamp.default": mapping.read_clamping,
    "aten.leaky_relu.default": mapping.read_leaky_relu,
    "aten.sigmoid.default": mapping.maps(OperatorKind.LOGISTIC),
    "aten.tanh.default": mapping.maps(OperatorKind.TANH),
    "aten.softmax.int": mapping.read_softmax,
    "aten.mean.dim": mapping.read_mean,
    "aten.dropout.default": mapping.read_dropout,
    **dict.fromkeys(_RESHAPES, moving.read_reshape),
    **dict.fromkeys(_IDENTITIES, mapping.read_identity),
}
