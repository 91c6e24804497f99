# SPDX-License-Identifier: Apache-2.0
"""Two results side by side: what differs, by how much, and whether chance alone could do that."""
