# SPDX-License-Identifier: Apache-2.0
"""The report of a campaign: curves, tables and pictures, made from records alone."""
