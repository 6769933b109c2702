//! What the parameters of a network are called, in GGUF files and in Hugging Face's.

/// `blk.<layer>.<left>.weight` is `model.layers.<layer>.<right>.weight`.
const IN_A_LAYER: [(&str, &str); 11] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

const AROUND_THE_LAYERS: [(&str, &str); 3] =
    [("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"), ("output", "lm_head")];

/// The Hugging Face name of a tensor, or none if no such network has it.
pub(super) fn hugging_face_name(name: &str) -> Option<String> {
    let (stem, leaf) = name.rsplit_once('.')?;
    if !matches!(leaf, "weight" | "bias") {
        return None;
    }
    let Some(rest) = stem.strip_prefix("blk.") else {
        return Some(format!("{}.{leaf}", translate(&AROUND_THE_LAYERS, stem)?));
    };
    let (layer, part) = rest.split_once('.')?;
    let layer: u32 = layer.parse().ok()?;
    Some(format!("model.layers.{layer}.{}.{leaf}", translate(&IN_A_LAYER, part)?))
}

fn translate<'a>(table: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    table.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// Undoes the order that files of architecture `llama` have the rows of queries and keys in.
///
/// Rotary embedding turns pairs of rows of a head. Those files have each pair side by side (rows
/// 0 and 1, 2 and 3, ...); Hugging Face's have the first of all pairs, then the second of all.
/// `numbers` is `[heads * head_dim, width]`, and stays so.
pub(super) fn pairs_to_halves(numbers: &[f32], heads: usize, width: usize) -> Vec<f32> {
    let rows_of_head = numbers.len() / width / heads;
    let mut ordered = Vec::with_capacity(numbers.len());
    for head in numbers.chunks_exact(rows_of_head * width) {
        for member in 0..2 {
            for pair in 0..rows_of_head / 2 {
                let row = 2 * pair + member;
                ordered.extend_from_slice(&head[row * width..][..width]);
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_translated_and_strangers_are_not() {
        let name = |name| hugging_face_name(name).unwrap_or_default();
        assert_eq!(name("token_embd.weight"), "model.embed_tokens.weight");
        assert_eq!(name("blk.12.attn_q.bias"), "model.layers.12.self_attn.q_proj.bias");
        assert_eq!(name("blk.0.ffn_gate_exps.weight"), "");
        assert_eq!(name("blk.x.attn_q.weight"), "");
        assert_eq!(name("output"), "");
    }

    #[test]
    fn rows_of_each_head_are_parted_into_halves() {
        // Two heads of four rows of width one.
        let pairs = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0];
        let halves = [0.0, 2.0, 1.0, 3.0, 10.0, 12.0, 11.0, 13.0];
        assert_eq!(pairs_to_halves(&pairs, 2, 1), halves);
    }
}
