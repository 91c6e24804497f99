# SPDX-License-Identifier: Apache-2.0
"""Linear-Gaussian models of learning while the channel drifts; nothing here runs in a trial."""
