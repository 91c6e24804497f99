# SPDX-License-Identifier: Apache-2.0
"""Sound to spikes: a filter bank like the cochlea's, and a neuron behind each channel."""
