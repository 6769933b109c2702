//! Tensors in files, in the safetensors format.
//!
//! A file is mapped, not read: opening a checkpoint of gigabytes takes milliseconds, and each tensor
//! is copied once, from the page cache into the parameter that waits for it, with its kind and
//! device changed on the way. A file is written under a temporary name, synced and renamed, so a
//! name never stands for half a file.
//!
//! Left out: kinds that no training uses (8 bits, complex numbers). They are refused by name.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::{File, Permissions};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::tensor::{Dtype, View};
use safetensors::{SafeTensorError, SafeTensors};
use tch::{Kind, Tensor};

/// A file of tensors that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// The file cannot be opened or mapped.
    #[error("failed to open `{}`", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The file is cut off, or no safetensors file at all.
    #[error("`{}` is not a whole safetensors file", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: SafeTensorError,
    },
    /// The file has no tensor of that name.
    #[error("`{}` has no tensor `{name}`", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than is needed.
    #[error("`{name}` in `{}` has the shape {found:?}, not {expected:?}", file.display())]
    Shape {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
        /// The shape that is needed.
        expected: Vec<i64>,
        /// The shape that is there.
        found: Vec<i64>,
    },
    /// A tensor is of a kind that is not read.
    #[error("`{name}` in `{}` is of kind {kind}, which is not read", file.display())]
    Kind {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
        /// Its kind in the format's own terms.
        kind: String,
    },
    /// A tensor holds what is no number.
    #[error("`{name}` in `{}` holds NaN or an infinity", file.display())]
    NotFinite {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
    },
    /// The file cannot be written.
    #[error("failed to write `{}`", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: SafeTensorError,
    },
}

/// A mapped file, and where each tensor lies in it.
#[derive(Debug)]
pub struct TensorFile {
    file: PathBuf,
    map: Mmap,
    places: BTreeMap<String, Place>,
}

#[derive(Debug)]
struct Place {
    dtype: Dtype,
    shape: Vec<i64>,
    bytes: Range<usize>,
}

impl TensorFile {
    /// Maps `file` and reads its header.
    ///
    /// # Errors
    ///
    /// The file is absent, cut off, or not in the format.
    pub fn open(file: &Path) -> Result<Self, TensorFileError> {
        let open = |source| TensorFileError::Open { file: file.to_owned(), source };
        let opened = File::open(file).map_err(open)?;
        // SAFETY: the mapping is private and read only. Somebody who cuts the file off while it is
        // mapped ends this process with SIGBUS; checkpoints are renamed into place and not changed.
        let map = unsafe { Mmap::map(&opened) }.map_err(open)?;
        let malformed = |source| TensorFileError::Malformed { file: file.to_owned(), source };
        let tensors = SafeTensors::deserialize(&map).map_err(malformed)?;
        let start = map.as_ptr() as usize;
        let places = tensors.iter().map(|(name, view)| {
            let begin = view.data().as_ptr() as usize - start;
            let place = Place {
                dtype: view.dtype(),
                shape: view.shape().iter().map(|&size| size as i64).collect(),
                bytes: begin..begin + view.data().len(),
            };
            (name.to_owned(), place)
        });
        let places = places.collect();
        Ok(Self { file: file.to_owned(), map, places })
    }

    /// The names of the tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The path that this was opened with.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Copies the tensor `name` over all of `target`, whose kind and device it takes.
    ///
    /// # Errors
    ///
    /// There is no such tensor, or it is of another shape or an unknown kind, or not finite.
    pub fn copy_to(&self, name: &str, target: &mut Tensor) -> Result<(), TensorFileError> {
        let place = self.place(name)?;
        if place.shape != target.size() {
            return Err(TensorFileError::Shape {
                file: self.file.clone(),
                name: name.to_owned(),
                expected: target.size(),
                found: place.shape.clone(),
            });
        }
        let source = self.view(name, place)?;
        tch::no_grad(|| target.copy_(&source));
        if target.is_floating_point() && target.isfinite().all().int64_value(&[]) == 0 {
            let (file, name) = (self.file.clone(), name.to_owned());
            return Err(TensorFileError::NotFinite { file, name });
        }
        Ok(())
    }

    /// A copy of the tensor `name`, in its own kind.
    ///
    /// # Errors
    ///
    /// There is no such tensor, or it is of an unknown kind.
    pub fn tensor(&self, name: &str) -> Result<Tensor, TensorFileError> {
        Ok(self.view(name, self.place(name)?)?.copy())
    }

    fn place(&self, name: &str) -> Result<&Place, TensorFileError> {
        self.places.get(name).ok_or_else(|| TensorFileError::Missing {
            file: self.file.clone(),
            name: name.to_owned(),
        })
    }

    /// The tensor where it lies. It must not outlive the mapping, so it is never handed out.
    fn view(&self, name: &str, place: &Place) -> Result<Tensor, TensorFileError> {
        let kind = kind_of(place.dtype).ok_or_else(|| TensorFileError::Kind {
            file: self.file.clone(),
            name: name.to_owned(),
            kind: format!("{:?}", place.dtype),
        })?;
        let bytes = &self.map[place.bytes.clone()];
        if !(bytes.as_ptr() as usize).is_multiple_of(kind.elt_size_in_bytes()) {
            return Ok(Tensor::from_data_size(bytes, &place.shape, kind));
        }
        // SAFETY: the header was checked to give this many bytes to this shape and kind, they are
        // aligned, and the callers copy before the mapping can go. Nobody writes to the view.
        let view =
            unsafe { Tensor::from_blob(bytes.as_ptr(), &place.shape, &[], kind, tch::Device::Cpu) };
        Ok(view)
    }
}

/// Writes `tensors` to `file`: under a temporary name, synced, then renamed.
///
/// # Errors
///
/// The disk is full, or the folder is not there. What was at `file` before is then still there.
pub fn write_tensors(file: &Path, tensors: &[(String, Tensor)]) -> Result<(), TensorFileError> {
    let failed = |source| TensorFileError::Write { file: file.to_owned(), source };
    let temporary = file.with_extension("safetensors.partial");
    // Loaders of other projects look for this before they read.
    let about = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let views = tensors.iter().map(|(name, tensor)| (name.as_str(), Stored::new(tensor)));
    let written = safetensors::serialize_to_file(views, Some(about), &temporary)
        .and_then(|()| Ok(share(&temporary)?))
        .and_then(|()| Ok(std::fs::rename(&temporary, file)?));
    if written.is_err() {
        // The first failure is the one to hear of.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(failed)
}

/// The format's writer makes files that only their owner can read; weights are as open as others.
fn share(file: &Path) -> std::io::Result<()> {
    let open = File::open(file)?;
    open.set_permissions(Permissions::from_mode(0o644))?;
    open.sync_all()
}

/// The kinds in the format's terms and in libtorch's.
const KINDS: [(Dtype, Kind); 6] = [
    (Dtype::F64, Kind::Double),
    (Dtype::F32, Kind::Float),
    (Dtype::F16, Kind::Half),
    (Dtype::BF16, Kind::BFloat16),
    (Dtype::I64, Kind::Int64),
    (Dtype::U8, Kind::Uint8),
];

fn kind_of(dtype: Dtype) -> Option<Kind> {
    KINDS.iter().find(|(known, _)| *known == dtype).map(|(_, kind)| *kind)
}

/// A tensor as the format's writer sees it. Bytes are made one tensor at a time.
struct Stored {
    tensor: Tensor,
    dtype: Dtype,
    shape: Vec<usize>,
}

impl Stored {
    fn new(tensor: &Tensor) -> Self {
        let kind = tensor.kind();
        let dtype = KINDS.iter().find(|(_, known)| *known == kind).map(|(dtype, _)| *dtype);
        Self {
            tensor: tensor.detach(),
            dtype: dtype.expect("only tensors of the kinds above are made"),
            shape: tensor.size().iter().map(|&size| size as usize).collect(),
        }
    }
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; self.data_len()];
        let tensor = self.tensor.to_device(tch::Device::Cpu).contiguous();
        tensor.copy_data_u8(&mut bytes, tensor.numel());
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.tensor.numel() * self.tensor.kind().elt_size_in_bytes()
    }
}
