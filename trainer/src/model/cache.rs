//! Keys and values of what was said before, so that a next token costs one token.
//!
//! A prompt is computed once ([`Decoder::read_prompt`]), whatever the number of answers to it; each
//! answer then gets a row of the cache that begins with a copy of the prompt's keys and values. Rows
//! are dense: the first `rows` of the cache are in use, and when one leaves, the last one takes its
//! place. A step then works on contiguous memory and on nothing that is not needed.
//!
//! Left out: sharing the prompt's memory between rows, and moving a prompt that is read again.

use tch::{Device, Kind, Tensor};

use super::attention::Reach;
use super::config::Config;
use super::decoder::Decoder;
use super::segments::Segments;

/// Keys and values of a text, layer by layer: `[key_value_heads, tokens, head_size]` each.
#[derive(Debug)]
pub struct Text {
    layers: Vec<(Tensor, Tensor)>,
}

/// A text, and what may follow it.
#[derive(Debug)]
pub struct Prompt {
    text: Text,
    /// The scores of the token that follows: `[vocabulary]`.
    pub logits: Tensor,
    tokens: i64,
}

/// Room for the keys and values of some rows.
#[derive(Debug)]
pub struct KeyValueCache {
    /// `[capacity, key_value_heads, length, head_size]`.
    layers: Vec<(Tensor, Tensor)>,
    /// How many tokens each row in use has behind it.
    filled: Vec<i64>,
    capacity: usize,
    length: usize,
}

impl Decoder {
    /// Computes a prompt of at least one token.
    pub fn read_prompt(&self, ids: &[u32]) -> Prompt {
        let (text, hidden) = self.read_text(ids);
        let tokens = ids.len() as i64;
        let last = hidden.narrow(0, tokens - 1, 1);
        let logits = tch::no_grad(|| self.logits(&last).squeeze_dim(0));
        Prompt { text, logits, tokens }
    }

    /// Appends one token to every row in use: `[rows]` ids to `[rows, vocabulary]` scores.
    pub fn step(&self, ids: &[u32], cache: &mut KeyValueCache) -> Tensor {
        tch::no_grad(|| {
            assert_eq!(ids.len(), cache.filled.len(), "one token for every row");
            let positions = cache.filled.clone();
            let mut reach = Step::new(cache, self.device());
            let hidden = self.hidden_within(&self.ids(ids), &positions, &mut reach);
            cache.filled.iter_mut().for_each(|filled| *filled += 1);
            self.logits(&hidden)
        })
    }

    /// Appends some tokens to each of some rows: `(row, ids)`, no row twice. Gives what the last block
    /// says about every appended token, `[tokens, hidden]`, row by row in this order.
    pub fn append(&self, spans: &[(usize, &[u32])], cache: &mut KeyValueCache) -> Tensor {
        tch::no_grad(|| {
            let ids: Vec<u32> = spans.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
            let mut reach = Append { cache, spans: Vec::new() };
            let mut positions = Vec::with_capacity(ids.len());
            for &(row, ids) in spans {
                let (filled, length) = (reach.cache.filled[row], ids.len() as i64);
                positions.extend(filled..filled + length);
                reach.spans.push(Span { row: row as i64, filled, length });
            }
            let hidden = self.hidden_within(&self.ids(&ids), &positions, &mut reach);
            for &(row, ids) in spans {
                cache.filled[row] += ids.len() as i64;
            }
            hidden
        })
    }

    /// Computes a text of at least one token: its keys and values, and what the last block says about
    /// each token, `[tokens, hidden]`.
    pub fn read_text(&self, ids: &[u32]) -> (Text, Tensor) {
        tch::no_grad(|| {
            let segments = Segments::new([ids.len()]);
            let mut reach = Remembered { segments: &segments, layers: Vec::new() };
            let hidden = self.hidden_within(&self.ids(ids), &segments.positions(), &mut reach);
            (Text { layers: reach.layers }, hidden)
        })
    }

    /// Token ids as the model takes them.
    pub fn ids(&self, ids: &[u32]) -> Tensor {
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        Tensor::from_slice(&ids).to_device(self.device())
    }
}

impl KeyValueCache {
    /// Room for `capacity` rows of `length` tokens.
    pub fn new(
        config: &Config,
        capacity: usize,
        length: usize,
        kind: Kind,
        device: Device,
    ) -> Self {
        let shape = [capacity as i64, config.key_value_heads, length as i64, config.head_size];
        let room = || Tensor::zeros(shape, (kind, device));
        let layers = (0..config.layers).map(|_| (room(), room())).collect();
        Self { layers, filled: Vec::new(), capacity, length }
    }

    /// How many rows are in use.
    pub fn rows(&self) -> usize {
        self.filled.len()
    }

    /// Whether there is room for another row.
    pub fn has_room(&self) -> bool {
        self.rows() < self.capacity
    }

    /// The most tokens that a row can have.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Puts a row that begins with `prompt` behind those in use. There must be room.
    pub fn add(&mut self, prompt: &Prompt) {
        self.add_beginning(&prompt.text, prompt.tokens as usize);
    }

    /// Puts a row that begins with the first tokens of `text` behind those in use. There must be room.
    pub fn add_beginning(&mut self, text: &Text, tokens: usize) {
        assert!(self.has_room() && tokens <= self.length, "there is room for the row");
        let (row, tokens) = (self.rows() as i64, tokens as i64);
        for ((keys, values), (text_keys, text_values)) in self.layers.iter().zip(&text.layers) {
            keys.get(row).narrow(1, 0, tokens).copy_(&text_keys.narrow(1, 0, tokens));
            values.get(row).narrow(1, 0, tokens).copy_(&text_values.narrow(1, 0, tokens));
        }
        self.filled.push(tokens);
    }

    /// Takes back all but the first tokens of a row.
    pub fn truncate(&mut self, row: usize, tokens: usize) {
        self.filled[row] = self.filled[row].min(tokens as i64);
    }

    /// Takes a row out; the last one takes its place.
    pub fn swap_remove(&mut self, row: usize) {
        let last = self.rows() - 1;
        if row != last {
            for (keys, values) in &self.layers {
                keys.get(row as i64).copy_(&keys.get(last as i64));
                values.get(row as i64).copy_(&values.get(last as i64));
            }
        }
        self.filled.swap_remove(row);
    }
}

/// Attention within a text, whose keys and values are kept.
struct Remembered<'a> {
    segments: &'a Segments,
    layers: Vec<(Tensor, Tensor)>,
}

impl Reach for Remembered<'_> {
    fn attend(&mut self, layer: usize, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        self.layers.push((key.transpose(0, 1), value.transpose(0, 1)));
        (&mut &*self.segments).attend(layer, query, key, value)
    }
}

/// Attention of new tokens, some in each of some rows, to all before them in their row.
///
/// Row by row: a call each. The products around it, which are most of the work, see all at once.
struct Append<'a> {
    cache: &'a KeyValueCache,
    spans: Vec<Span>,
}

struct Span {
    row: i64,
    /// How many tokens the row had before.
    filled: i64,
    length: i64,
}

impl Reach for Append<'_> {
    fn attend(&mut self, layer: usize, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        let (keys, values) = &self.cache.layers[layer];
        let [_, heads, head_size] = query.size()[..] else { unreachable!("three dimensions") };
        let mut begin = 0;
        let taken = self.spans.iter().map(|&Span { row, filled, length }| {
            // [heads, length, head_size]
            let part = |all: &Tensor| all.narrow(0, begin, length).transpose(0, 1);
            let (own_keys, own_values) = (keys.get(row), values.get(row));
            own_keys.narrow(1, filled, length).copy_(&part(key));
            own_values.narrow(1, filled, length).copy_(&part(value));
            let known = |all: &Tensor| all.narrow(1, 0, filled + length).unsqueeze(0);
            let options = (Kind::Bool, query.device());
            let seen = (filled > 0 && length > 1)
                .then(|| Tensor::ones([length, filled + length], options).tril(filled));
            let query = part(query).unsqueeze(0);
            let (keys, values) = (known(&own_keys), known(&own_values));
            let causal = filled == 0;
            let taken = Tensor::scaled_dot_product_attention(
                &query,
                &keys,
                &values,
                seen.as_ref(),
                0.0,
                causal,
                None,
                true,
            );
            begin += length;
            taken.squeeze_dim(0).transpose(0, 1).reshape([length, heads, head_size])
        });
        Tensor::cat(&taken.collect::<Vec<_>>(), 0)
    }
}

/// Attention of one new token per row to all that its row has behind it.
struct Step<'a> {
    cache: &'a KeyValueCache,
    rows: Tensor,
    places: Tensor,
    /// 0 where a row has a token and minus infinity where it has none: `[rows, 1, 1, longest]`.
    mask: Tensor,
    longest: i64,
}

impl<'a> Step<'a> {
    fn new(cache: &'a KeyValueCache, device: Device) -> Self {
        let places = Tensor::from_slice(&cache.filled).to_device(device);
        let longest = cache.filled.iter().max().map_or(0, |filled| filled + 1);
        let absent = Tensor::arange(longest, (Kind::Int64, device)).gt_tensor(&places.unsqueeze(1));
        let kind = cache.layers.first().map_or(Kind::Float, |(keys, _)| keys.kind());
        let mask = absent.zeros_like().to_kind(kind).masked_fill(&absent, f64::NEG_INFINITY);
        Self {
            cache,
            rows: Tensor::arange(cache.rows() as i64, (Kind::Int64, device)),
            places,
            mask: mask.view([-1, 1, 1, longest]),
            longest,
        }
    }
}

impl Reach for Step<'_> {
    fn attend(&mut self, layer: usize, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        let (keys, values) = &self.cache.layers[layer];
        let here = [Some(&self.rows), None, Some(&self.places)];
        let _ = keys.shallow_clone().index_put_(&here, key, false);
        let _ = values.shallow_clone().index_put_(&here, value, false);
        let [rows, heads, head_size] = query.size()[..] else { unreachable!("three dimensions") };
        let key_value_heads = key.size()[1];
        // [rows * key_value_heads, longest, head_size], and no copy: strides skip what is not in use.
        let in_use = |all: &Tensor| all.narrow(0, 0, rows).flatten(0, 1).narrow(1, 0, self.longest);
        // Queries that share a head of keys are rows of one product.
        let sharing = heads / key_value_heads;
        let query =
            query.view([rows * key_value_heads, sharing, head_size]) / (head_size as f64).sqrt();
        let scores = query.bmm(&in_use(keys).transpose(1, 2));
        let scores = scores.view([rows, key_value_heads, sharing, self.longest]) + &self.mask;
        let weights = scores.softmax(-1, Kind::Float).to_kind(query.kind());
        let weights = weights.view([rows * key_value_heads, sharing, self.longest]);
        weights.bmm(&in_use(values)).view([rows, heads, head_size])
    }
}
