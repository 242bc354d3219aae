using System.Text.Json;

namespace Orchestrator.Kernels.Weights;

/// <summary>
/// Every key of TransformerLens' configuration (HookedTransformerConfig of version 3) that <see cref="TransformerLensConfiguration"/>
/// does not read: what it does to an attention-only transformer, and at which value it does nothing.
/// </summary>
internal static class TransformerLensKeys
{
    private enum Neutral
    {
        /// <summary>Whatever the value, the function is the same: where and how it was trained, loaded, tokenized or hooked, and what MLPs would do.</summary>
        Any,
        /// <summary>A switch.</summary>
        False,
        /// <summary>A soft cap: in force above 0 only.</summary>
        NotPositive,
        /// <summary>A factor.</summary>
        One,
        /// <summary>Key and value heads: as many as heads, or not given.</summary>
        Heads,
        /// <summary>A family's name; the Olmo family normalizes queries and keys by its name alone.</summary>
        NoOlmo,
    }

    private static readonly Dictionary<string, Neutral> Known = new(StringComparer.Ordinal)
    {
        ["model_name"] = Neutral.Any,
        ["n_params"] = Neutral.Any,
        ["device"] = Neutral.Any,
        ["n_devices"] = Neutral.Any,
        ["dtype"] = Neutral.Any, // the weights' own type is read from their file
        ["seed"] = Neutral.Any,
        ["init_mode"] = Neutral.Any,
        ["init_weights"] = Neutral.Any,
        ["initializer_range"] = Neutral.Any,
        ["from_checkpoint"] = Neutral.Any,
        ["checkpoint_index"] = Neutral.Any,
        ["checkpoint_label_type"] = Neutral.Any,
        ["checkpoint_value"] = Neutral.Any,
        ["trust_remote_code"] = Neutral.Any,
        ["tokenizer_name"] = Neutral.Any,
        ["tokenizer_prepends_bos"] = Neutral.Any,
        ["default_prepend_bos"] = Neutral.Any,
        ["use_attn_result"] = Neutral.Any,
        ["use_attn_in"] = Neutral.Any,
        ["use_split_qkv_input"] = Neutral.Any,
        ["use_hook_mlp_in"] = Neutral.Any,
        ["use_hook_tokens"] = Neutral.Any,
        ["ungroup_grouped_query_attention"] = Neutral.Any,

        // Of MLPs, and attn_only says that there are none.
        ["act_fn"] = Neutral.Any,
        ["d_mlp"] = Neutral.Any,
        ["gated_mlp"] = Neutral.Any,
        ["num_experts"] = Neutral.Any,
        ["experts_per_token"] = Neutral.Any,
        ["norm_topk_prob"] = Neutral.Any,

        // Of encoders with decoders and relative positions, which positional_embedding_type refuses.
        ["tie_word_embeddings"] = Neutral.Any,
        ["decoder_start_token_id"] = Neutral.Any,
        ["relative_attention_max_distance"] = Neutral.Any,
        ["relative_attention_num_buckets"] = Neutral.Any,

        // Details of what another key switches on.
        ["window_size"] = Neutral.Any,
        ["attn_types"] = Neutral.Any,
        ["rotary_base_local"] = Neutral.Any,
        ["NTK_by_parts_low_freq_factor"] = Neutral.Any,
        ["NTK_by_parts_high_freq_factor"] = Neutral.Any,
        ["NTK_by_parts_factor"] = Neutral.Any,
        ["NTK_original_ctx_len"] = Neutral.Any,
        ["yarn_factor"] = Neutral.Any,
        ["yarn_attention_factor"] = Neutral.Any,
        ["yarn_beta_fast"] = Neutral.Any,
        ["yarn_beta_slow"] = Neutral.Any,
        ["yarn_original_max_position_embeddings"] = Neutral.Any,

        ["original_architecture"] = Neutral.NoOlmo,
        ["n_key_value_heads"] = Neutral.Heads,
        ["attn_scores_soft_cap"] = Neutral.NotPositive,
        ["output_logits_soft_cap"] = Neutral.NotPositive,
        ["rotary_scaling_factor"] = Neutral.One,
        ["scale_attn_by_inverse_layer_idx"] = Neutral.False,
        ["use_local_attn"] = Neutral.False,
        ["use_qk_norm"] = Neutral.False,
        ["use_NTK_by_parts_rope"] = Neutral.False,
        ["use_yarn_rope"] = Neutral.False,
        ["parallel_attn_mlp"] = Neutral.False,
        ["final_rms"] = Neutral.False,
        ["uses_rms_norm"] = Neutral.False,
        ["layer_norm_folding"] = Neutral.False,
        ["post_embedding_ln"] = Neutral.False,
        ["use_normalization_before_and_after"] = Neutral.False,
        ["load_in_4bit"] = Neutral.False,
    };

    /// <summary>What is wrong with the keys that the configuration does not read; null if nothing is.</summary>
    /// <param name="root">The whole object.</param>
    /// <param name="read">Keys that are read.</param>
    public static string? Problem(JsonElement root, IReadOnlySet<string> read)
    {
        var heads = root.TryGetProperty("n_heads", out var count) && count.ValueKind == JsonValueKind.Number ? count.GetDouble() : double.NaN;
        var others = root.EnumerateObject().Where(key => !read.Contains(key.Name)).ToArray();
        var changing = others.Where(key => Known.TryGetValue(key.Name, out var neutral) && !IsNeutral(key.Value, neutral, heads))
            .Select(key => $"{key.Name} ({Shown(key.Value)}; only {Words(Known[key.Name])} is supported)").ToArray();
        var unknown = others.Where(key => !Known.ContainsKey(key.Name)).Select(key => Shortened(key.Name)).ToArray();
        string?[] problems =
        [
            changing.Length == 0 ? null : $"these keys change what the model computes, and they are not supported here: {string.Join(", ", changing)}",
            unknown.Length == 0 ? null : $"these keys are not known, and they may change what the model computes: {string.Join(", ", unknown)}; remove them if they do not",
        ];
        return changing.Length + unknown.Length == 0 ? null : string.Join("; ", problems.OfType<string>());
    }

    private static bool IsNeutral(JsonElement value, Neutral neutral, double heads) => value.ValueKind == JsonValueKind.Null || neutral switch
    {
        Neutral.Any => true,
        Neutral.False => value.ValueKind == JsonValueKind.False,
        Neutral.NotPositive => value.ValueKind == JsonValueKind.Number && value.GetDouble() <= 0,
        Neutral.One => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 1,
        Neutral.Heads => value.ValueKind == JsonValueKind.Number && value.GetDouble() == heads,
        Neutral.NoOlmo => value.ValueKind == JsonValueKind.String && !value.GetString()!.StartsWith("Olmo", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static string Words(Neutral neutral) => neutral switch
    {
        Neutral.False => "false",
        Neutral.NotPositive => "-1.0",
        Neutral.One => "1.0",
        Neutral.Heads => "n_heads",
        Neutral.NoOlmo => "a family other than Olmo",
        _ => "null",
    };

    private static string Shown(JsonElement value) => Shortened(value.GetRawText());

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
