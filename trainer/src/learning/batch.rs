//! Texts, packed one behind the other.

use tch::{Device, Tensor};

use crate::model::Segments;

/// Some texts whose tokens are to be predicted, each from those before it in its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    ids: Vec<i64>,
    segments: Segments,
}

impl Batch {
    /// Packs `texts` in their order; those without a token are left out.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let texts: Vec<&[u32]> = texts.into_iter().collect();
        Self {
            ids: texts.iter().flat_map(|text| text.iter().map(|&id| i64::from(id))).collect(),
            segments: Segments::new(texts.iter().map(|text| text.len())),
        }
    }

    /// How the texts lie.
    pub fn segments(&self) -> &Segments {
        &self.segments
    }

    /// Every token, `[tokens]`.
    pub fn ids(&self, device: Device) -> Tensor {
        Tensor::from_slice(&self.ids).to_device(device)
    }

    /// How many tokens are predicted: all but the first of each text.
    pub fn predicted(&self) -> usize {
        self.ids.len() - self.segments.lengths().len()
    }

    /// The tokens that predict, by index: all but the last of each text.
    pub(super) fn sources(&self, device: Device) -> Tensor {
        let sources = self.places().map(|(first, last)| first..last);
        Tensor::from_slice(&sources.flatten().collect::<Vec<i64>>()).to_device(device)
    }

    /// The tokens that are predicted: all but the first of each text.
    pub(super) fn targets(&self, device: Device) -> Tensor {
        let targets = self.places().flat_map(|(first, last)| first + 1..=last);
        let targets: Vec<i64> = targets.map(|place| self.ids[place as usize]).collect();
        Tensor::from_slice(&targets).to_device(device)
    }

    /// The indices of each text's first and last token.
    fn places(&self) -> impl Iterator<Item = (i64, i64)> {
        let ends = self.segments.last_tokens().into_iter();
        ends.zip(self.segments.lengths()).map(|(last, length)| (last + 1 - length, last))
    }
}

/// Distributes texts over batches of at most `budget` tokens, and says which text is in which.
///
/// Each goes into the first batch that has room for it. A text larger than the budget gets a batch
/// of its own: whether that fits is for the caller to know before.
pub fn pack(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut batches: Vec<(usize, Vec<usize>)> = Vec::new();
    for (text, &length) in lengths.iter().enumerate() {
        match batches.iter_mut().find(|(filled, _)| filled + length <= budget) {
            Some((filled, batch)) => {
                *filled += length;
                batch.push(text);
            }
            None => batches.push((length, vec![text])),
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_predicted_by_the_one_before_it_in_its_own_text() {
        let batch = Batch::new([&[5, 6, 7][..], &[8], &[9, 10]]);
        assert_eq!(batch.predicted(), 3);
        assert_eq!(batch.sources(Device::Cpu), Tensor::from_slice(&[0_i64, 1, 4]));
        assert_eq!(batch.targets(Device::Cpu), Tensor::from_slice(&[6_i64, 7, 10]));
    }

    #[test]
    fn texts_fill_batches_up_to_the_budget_and_no_text_is_lost() {
        assert_eq!(pack(&[4, 5, 3, 1, 20, 2], 8), [vec![0, 2, 3], vec![1, 5], vec![4]]);
        assert!(pack(&[], 8).is_empty());
    }
}
