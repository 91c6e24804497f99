# SPDX-License-Identifier: Apache-2.0
"""What a report of a deployment shows: memory and work, operator by operator, board by board."""
