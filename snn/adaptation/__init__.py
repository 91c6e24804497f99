# SPDX-License-Identifier: Apache-2.0
"""A network trained at one time step, at another: zero-shot, by mapping its neurons."""
