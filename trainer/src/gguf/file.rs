//! The container: a header, metadata, descriptions of tensors, and their bytes.
//!
//! The file is mapped and not read, so that opening a large one is free and a tensor costs memory
//! only while somebody holds its numbers.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::encoding::Encoding;
use super::error::{GgufError, Problem};
use super::metadata::{Metadata, Value};
use super::reader::Reader;

const MAGIC: &[u8] = b"GGUF";
/// Where a file does not say how its tensors are aligned.
const ALIGNMENT: u64 = 32;
/// The format allows no more.
const MOST_DIMENSIONS: u32 = 4;
/// A key takes a length and a type at least.
const KEY_BYTES: usize = 12;
/// A tensor takes a length, a number of sizes, an encoding and an offset at least.
const TENSOR_BYTES: usize = 24;

/// An opened GGUF file.
#[derive(Debug)]
pub struct GgufFile {
    path: PathBuf,
    bytes: Mmap,
    metadata: Metadata,
    tensors: Vec<TensorInfo>,
    by_name: HashMap<String, usize>,
}

/// What a file says about one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorInfo {
    /// The name, in llama.cpp's terms.
    pub name: String,
    /// The sizes, outermost first. (The file has them the other way round.)
    pub shape: Vec<usize>,
    /// How its numbers are stored.
    pub encoding: Encoding,
    /// Its bytes, counted from the start of the file.
    span: std::ops::Range<usize>,
}

impl GgufFile {
    /// Maps a file and reads everything but the weights.
    ///
    /// The file must not be changed while it is open: that would change weights under their
    /// reader, or end the program if the file becomes shorter.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no GGUF file, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, GgufError> {
        Self::map(path).map_err(|problem| GgufError { file: path.to_owned(), problem })
    }

    fn map(path: &Path) -> Result<Self, Problem> {
        let file = File::open(path).map_err(Problem::Unreadable)?;
        // SAFETY: the mapping is read-only and private to this value, and is only read as bytes,
        // for which every content is valid. That nobody shortens the file meanwhile is asked of
        // the caller above.
        let bytes = unsafe { Mmap::map(&file) }.map_err(Problem::Unreadable)?;
        let (metadata, tensors) = parse(&bytes)?;
        let mut by_name = HashMap::new();
        for (index, tensor) in tensors.iter().enumerate() {
            if by_name.insert(tensor.name.clone(), index).is_some() {
                return Err(Problem::tensor(&tensor.name, "occurs twice"));
            }
        }
        Ok(Self { path: path.to_owned(), bytes, metadata, tensors, by_name })
    }

    /// Where the file was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys and values at the head of the file.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// All tensors, in the file's order.
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The tensor of a name, if the file has it.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.by_name.get(name).map(|&index| &self.tensors[index])
    }

    /// The numbers of a tensor of this file, row after row.
    pub fn numbers(&self, tensor: &TensorInfo) -> Vec<f32> {
        tensor.encoding.decode(&self.bytes[tensor.span.clone()])
    }

    /// The numbers of one row: all that share every index but the last.
    pub(super) fn row(&self, tensor: &TensorInfo, row: usize) -> Vec<f32> {
        let width = tensor.shape.last().copied().unwrap_or(1);
        let bytes = width / tensor.encoding.block_len() * tensor.encoding.block_bytes();
        let start = tensor.span.start + row * bytes;
        tensor.encoding.decode(&self.bytes[start..start + bytes])
    }

    /// Says which file a problem is in.
    pub(super) fn error(&self, problem: Problem) -> GgufError {
        GgufError { file: self.path.clone(), problem }
    }
}

fn parse(bytes: &[u8]) -> Result<(Metadata, Vec<TensorInfo>), Problem> {
    let mut reader = Reader::new(bytes);
    if !bytes.starts_with(MAGIC) {
        return Err(Problem::NotGguf);
    }
    reader.take(MAGIC.len(), "the header")?;
    let version = reader.u32("the header")?;
    if !matches!(version, 2 | 3) {
        return Err(Problem::Version(version));
    }
    let tensor_count = reader.count(TENSOR_BYTES, "the list of tensors")?;
    let key_count = reader.count(KEY_BYTES, "the metadata")?;

    let mut metadata = Metadata::default();
    for _ in 0..key_count {
        let key = reader.string("the name of a key")?;
        let value = Value::read(&mut reader, &key)?;
        metadata.insert(key, value)?;
    }
    let mut tensors = Vec::with_capacity(tensor_count);
    for _ in 0..tensor_count {
        tensors.push(describe(&mut reader)?);
    }
    let data = reader.position().next_multiple_of(alignment(&metadata)?);
    for tensor in &mut tensors {
        place(tensor, data, bytes.len())?;
    }
    Ok((metadata, tensors))
}

/// One entry of the list of tensors. Its span still counts from the start of the data.
fn describe(reader: &mut Reader<'_>) -> Result<TensorInfo, Problem> {
    let name = reader.string("the name of a tensor")?;
    let dimensions = reader.u32(&name)?;
    if dimensions > MOST_DIMENSIONS {
        return Err(Problem::tensor(name, format!("has {dimensions} dimensions")));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        let size = usize::try_from(reader.u64(&name)?);
        shape.push(size.map_err(|_| Problem::tensor(&name, "is too large"))?);
    }
    shape.reverse();
    let number = reader.u32(&name)?;
    let Some(encoding) = Encoding::numbered(number) else {
        return Err(Problem::tensor(name, format!("has the encoding {number}, which is not read")));
    };
    let offset = usize::try_from(reader.u64(&name)?);
    let offset = offset.map_err(|_| Problem::tensor(&name, "is too far away"))?;
    let length = byte_length(&shape, encoding)
        .ok_or_else(|| Problem::tensor(&name, format!("cannot have the shape {shape:?}")))?;
    let end = offset.checked_add(length).ok_or_else(|| Problem::tensor(&name, "is too large"))?;
    Ok(TensorInfo { name, shape, encoding, span: offset..end })
}

/// None where rows are not whole blocks, or where the number does not fit.
fn byte_length(shape: &[usize], encoding: Encoding) -> Option<usize> {
    let width = shape.last().copied().unwrap_or(1);
    if width % encoding.block_len() != 0 {
        return None;
    }
    let count = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    (count / encoding.block_len()).checked_mul(encoding.block_bytes())
}

/// Counts a tensor's span from the start of the file, if it lies within.
fn place(tensor: &mut TensorInfo, data: usize, end_of_file: usize) -> Result<(), Problem> {
    let start = data.checked_add(tensor.span.start);
    let end = data.checked_add(tensor.span.end);
    match (start, end) {
        (Some(start), Some(end)) if end <= end_of_file => tensor.span = start..end,
        _ => return Err(Problem::Truncated { within: format!("the tensor `{}`", tensor.name) }),
    }
    Ok(())
}

fn alignment(metadata: &Metadata) -> Result<usize, Problem> {
    let key = "general.alignment";
    let alignment = match metadata.get(key) {
        None => ALIGNMENT,
        Some(_) => metadata.natural(key)?,
    };
    // No file aligns by more than a page of memory.
    match usize::try_from(alignment) {
        Ok(alignment) if alignment.is_power_of_two() && alignment <= 4096 => Ok(alignment),
        _ => Err(Problem::key(key, format!("is {alignment}, which is no alignment"))),
    }
}
