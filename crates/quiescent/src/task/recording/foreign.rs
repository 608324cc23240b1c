//! Files of other kinds, known by their first bytes, and how Python converts them.

use super::error::Problem;

/// Bytes that [`kind`] needs.
pub(crate) const HEAD: usize = 2056;

const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// How a table is written as CSV once pandas has read it.
const PANDAS: &str =
    "d[['t', 'x', 'y']].to_csv('track.csv', index=False)  # the names of its columns";
const HDF5_LINES: (&str, &str) = (
    "import h5py, numpy as np; f = h5py.File(FILE); f.visit(print)  # its arrays; of an NWB file:",
    "s = f['processing/behavior/Position/SpatialSeries']; np.savez('track.npz', t=s['timestamps'][:], pos=s['data'][:])",
);

/// The error for a file that is recognised as another kind.
pub(crate) fn kind(head: &[u8]) -> Option<Problem> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let hdf5 = [0, 512, 1024, 2048]
        .iter()
        .any(|&at| head.get(at..).is_some_and(|rest| rest.starts_with(HDF5)));
    let pandas = |reader: &'static str| (reader, PANDAS);
    let (name, (first, second)) = if starts(b"MATLAB 7.3 MAT-file") {
        (
            "a MATLAB 7.3 file",
            (
                "import h5py, numpy as np; f = h5py.File(FILE)  # its arrays: list(f)",
                "np.savez('track.npz', t=f['t'][:].ravel(), pos=f['pos'][:].T)",
            ),
        )
    } else if hdf5 {
        ("an HDF5 file (NWB, netCDF 4 and DeepLabCut's .h5 are such)", HDF5_LINES)
    } else if starts(b"MATLAB 5.0 MAT-file") {
        (
            "a MATLAB file",
            (
                "import numpy as np; from scipy.io import loadmat; m = loadmat(FILE)  # its arrays: list(m)",
                "np.savez('track.npz', t=m['t'].ravel(), pos=m['pos'])",
            ),
        )
    } else if starts(b"PAR1") {
        ("a Parquet file", pandas("import pandas as pd; d = pd.read_parquet(FILE)"))
    } else if starts(b"ARROW1") || starts(b"FEA1") {
        ("a Feather (Arrow) file", pandas("import pandas as pd; d = pd.read_feather(FILE)"))
    } else if head.len() > 2 && head[0] == 0x80 && (2..=5).contains(&head[1]) {
        (
            "a Python pickle",
            pandas("import pandas as pd; d = pd.read_pickle(FILE)  # only a file that you trust"),
        )
    } else if starts(b"CDF\x01") || starts(b"CDF\x02") || starts(b"CDF\x05") {
        (
            "a netCDF file",
            (
                "import numpy as np; from scipy.io import netcdf_file; v = netcdf_file(FILE).variables",
                "np.savez('track.npz', t=v['t'][:].astype(float), pos=np.c_[v['x'][:], v['y'][:]].astype(float))",
            ),
        )
    } else if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        ("an Excel workbook (.xls)", pandas("import pandas as pd; d = pd.read_excel(FILE)"))
    } else if starts(b"SQLite format 3\0") {
        (
            "an SQLite database",
            pandas(
                "import pandas as pd, sqlite3; d = pd.read_sql('select * from track', sqlite3.connect(FILE))",
            ),
        )
    } else if starts(b"{") || starts(b"[") {
        ("JSON", pandas("import pandas as pd; d = pd.read_json(FILE)"))
    } else if starts(b"\xff\xfe") || starts(b"\xfe\xff") {
        (
            "text in UTF-16, as Excel writes it",
            (
                "text = open(FILE, encoding='utf-16').read()",
                "open('track.csv', 'w', encoding='utf-8').write(text)",
            ),
        )
    } else {
        return plain(head);
    };
    Some(Problem::Foreign { name, remedy: python(first, second) })
}

/// Kinds that are converted without Python, or not at all.
fn plain(head: &[u8]) -> Option<Problem> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| {
        head.get(offset..).is_some_and(|rest| rest.starts_with(magic))
    };
    let (name, remedy) = if starts(b"\x28\xb5\x2f\xfd")
        || starts(b"BZh")
        || starts(b"\xfd7zXZ\0")
        || starts(b"7z\xbc\xaf")
        || starts(b"Rar!")
        || at(257, b"ustar")
    {
        ("a compressed file or an archive that is not read", "unpack it, or compress it with gzip")
    } else if at(4, b"ftyp") || starts(b"RIFF") || starts(b"\x1a\x45\xdf\xa3") {
        ("a video or a sound", "track the animal in it first, and give the track")
    } else if starts(b"%PDF") || starts(b"\x89PNG") || starts(b"\xff\xd8\xff") {
        ("a picture or a document", "give the table of positions")
    } else if starts(b"########") {
        (
            "a Neuralynx file",
            "read it with python-neo or MATLAB and write the times and positions as CSV",
        )
    } else {
        return None;
    };
    Some(Problem::Foreign { name, remedy: remedy.to_owned() })
}

#[cfg(feature = "files")]
/// The error for a zip archive that is not an npz file.
pub(crate) fn archive(members: &[String]) -> Option<Problem> {
    let has = |end: &str| members.iter().any(|name| name.ends_with(end));
    let starts = |start: &str| members.iter().any(|name| name.starts_with(start));
    let (name, first) = if starts("xl/") {
        ("an Excel workbook (.xlsx)", "import pandas as pd; d = pd.read_excel(FILE)")
    } else if has("data.pkl") {
        ("a PyTorch file", "import torch, pandas as pd; d = pd.DataFrame(torch.load(FILE))")
    } else if has(".zarray") || has("zarr.json") || has(".zgroup") {
        (
            "a zipped Zarr store",
            "import zarr, pandas as pd; d = pd.DataFrame(dict(zarr.open(FILE).arrays()))",
        )
    } else if has("content.xml") {
        ("an OpenDocument file", "import pandas as pd; d = pd.read_excel(FILE, engine='odf')")
    } else if !members.is_empty() && !has(".npy") {
        return Some(Problem::Foreign {
            name: "a zip archive without numpy arrays",
            remedy: "unpack it and give the recording alone".to_owned(),
        });
    } else {
        return None;
    };
    Some(Problem::Foreign { name, remedy: python(first, PANDAS) })
}

fn python(first: &str, second: &str) -> String {
    format!("convert it, in Python:\n    {first}\n    {second}")
}

/// The refusal of a file that the library reads only with its feature `files`.
#[cfg(not(feature = "files"))]
pub(crate) fn not_a_table(head: &[u8]) -> Option<Problem> {
    let name = match head {
        [b'P', b'K', ..] => "an npz archive",
        [0x1f, 0x8b, ..] => "a gzipped file",
        _ if head.starts_with(b"\x93NUMPY") => "an npy array",
        _ => return None,
    };
    let remedy = "build the crate `quiescent` with its feature `files`, or give a CSV file";
    Some(Problem::Foreign { name, remedy: remedy.to_owned() })
}
