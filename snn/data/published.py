# SPDX-License-Identifier: Apache-2.0
"""Where data sets are published, and the checksums that are known of their files.

A checksum is either told by the publisher, or the one that loaders of others have agreed on for
years, which `checksum_source` says; where neither is known there is none, and none is made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from snn.errors import DataError, UnknownNameError

_TONIC = "as the loaders of tonic check it"
_JELLY = "as the loaders of SpikingJelly check it"
_HEIDELBERG = ("https://zenkelab.org/datasets/", "https://compneuro.net/datasets/")
_MENDELEY = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files/"
_MSWC = "https://mswc.mlcommons-storage.org/"
MSWC = "mswc"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A file on the network.

    Parameters
    ----------
    name : str
        What it is called on the disk.
    urls : tuple of str
        Where it is, mirrors behind the first.
    checksum : str or None
        `md5:` or `sha256:` and digits; None where none is known.
    checksum_source : str
        Who says so.
    """

    name: str
    urls: tuple[str, ...]
    checksum: str | None = None
    checksum_source: str = "none is published"


def _heidelberg(name: str, checksum: str) -> PublishedFile:
    urls = tuple(f"{place}{name}" for place in _HEIDELBERG)
    return PublishedFile(name=name, urls=urls, checksum=checksum, checksum_source=_TONIC)


FILES: Mapping[str, tuple[PublishedFile, ...]] = {
    "shd": (
        _heidelberg(
            "shd_train.h5.zip",
            "sha256:d21bf17b71bededa52cc9134717b2bfee25dc4a99a94c1807be9a3c4f9697dc4",
        ),
        _heidelberg(
            "shd_test.h5.zip",
            "sha256:f50b1d1f614ed84ff92f34aa771c33b237944722455b52ce1ccd2eac7903812c",
        ),
    ),
    "ssc": (
        _heidelberg("ssc_train.h5.zip", "md5:d102be95e7144fcc0553d1f45ba94170"),
        _heidelberg("ssc_valid.h5.zip", "md5:b4eee3516a4a90dd0c71a6ac23a8ae43"),
        _heidelberg("ssc_test.h5.zip", "md5:a35ff1e9cffdd02a20eb850c17c37748"),
    ),
    "nmnist": (
        PublishedFile(
            name="Train.zip",
            urls=(f"{_MENDELEY}39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded",),
            checksum="md5:20959b8e626244a1b502305a9e6e2031",
            checksum_source=f"{_TONIC}, and those of SpikingJelly",
        ),
        PublishedFile(
            name="Test.zip",
            urls=(f"{_MENDELEY}05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded",),
            checksum="md5:69ca8762b2fe404d9b9bad1103e97832",
            checksum_source=f"{_TONIC}, and those of SpikingJelly",
        ),
    ),
    "dvs-gesture": (
        PublishedFile(
            name="DvsGesture.tar.gz",
            urls=("https://www.dropbox.com/s/cct5kyilhtsliup/DvsGesture.tar.gz?dl=1",),
            checksum="md5:8a5c71fb11e24e5ca5b11866ca6c00a1",
            checksum_source=_JELLY,
        ),
    ),
    "fsdd": (
        PublishedFile(
            name="free-spoken-digit-dataset.zip",
            urls=(
                "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/heads/"
                "master.zip",
            ),
            checksum_source="none is published; the archive is made on request",
        ),
    ),
}


def files_of(name: str, *, language: str | None = None) -> tuple[PublishedFile, ...]:
    """Return the files of a data set; of MSWC those of one language, by its code.

    Raises
    ------
    UnknownNameError
        The set is not published anywhere that is known here.
    DataError
        MSWC without a language, or a language that is no code.
    """
    if name == MSWC:
        return _spoken_words(language)
    if name not in FILES:
        raise UnknownNameError(kind="published data set", name=name, legal=(*FILES, MSWC))
    return FILES[name]


def _spoken_words(language: str | None) -> tuple[PublishedFile, ...]:
    if language is None or not language.replace("-", "").isalnum() or not language.isascii():
        raise DataError(
            f"mswc: {language or 'none'} is no language; name one by its code, such as "
            "--language tr (English, en, takes tens of gigabytes)"
        )
    return tuple(
        PublishedFile(name=f"{kind}-{language}.tar.gz", urls=(f"{_MSWC}{kind}/{language}.tar.gz",))
        for kind in ("splits", "audio")
    )
