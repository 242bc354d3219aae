using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Platform.Files;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;

namespace Orchestrator.Kernels.Weights;

/// <summary>
/// A model's shape in TransformerLens' keys: the <c>config.json</c> beside a weights file. It describes trained models and
/// foreign files alike, so that analysis needs to know only this. <see cref="TransformerLensKeys"/> says what becomes of other keys.
/// </summary>
public sealed record TransformerLensConfiguration
{
    private const long MostBytes = 1 << 20;

    /// <summary>Layers L.</summary>
    public required int NLayers { get; init; }
    /// <summary>Width d of the residual stream.</summary>
    public required int DModel { get; init; }
    /// <summary>Longest sequence.</summary>
    public required int NCtx { get; init; }
    /// <summary>Width e of a head.</summary>
    public required int DHead { get; init; }
    /// <summary>Heads per layer H.</summary>
    public required int NHeads { get; init; }
    /// <summary>Vocabulary V.</summary>
    public required int DVocab { get; init; }
    /// <summary>Vocabulary of the logits; the same as <see cref="DVocab"/> or absent.</summary>
    public int? DVocabOut { get; init; }
    /// <summary>Must be true: there are no MLPs here.</summary>
    public bool AttnOnly { get; init; } = true;
    /// <summary>null, <c>LN</c>, or <c>LNPre</c> (no gain and offset).</summary>
    public string? NormalizationType { get; init; }
    /// <summary>Added to the variance in layer norms.</summary>
    public double Eps { get; init; } = Transformer.LayerNormEpsilon;
    /// <summary><c>shortformer</c>, <c>standard</c>, <c>rotary</c>, or <c>none</c>.</summary>
    public string PositionalEmbeddingType { get; init; } = "standard";
    /// <summary>Must be <c>causal</c>.</summary>
    public string AttentionDir { get; init; } = "causal";
    /// <summary>Whether scores are divided by <see cref="AttnScale"/>; by 1 if not.</summary>
    public bool UseAttnScale { get; init; } = true;
    /// <summary>What scores are divided by; absent or -1 stands for sqrt(d_head).</summary>
    public double? AttnScale { get; init; }
    /// <summary>Rotary: how many components of a head turn; absent: all of them.</summary>
    public int? RotaryDim { get; init; }
    /// <summary>Rotary: base of the angles.</summary>
    public double RotaryBase { get; init; } = RotaryTable.Base;
    /// <summary>Rotary: components (0, 1), (2, 3), … turn together, instead of i and i + rotary_dim/2. Foreign files only: we train without.</summary>
    public bool RotaryAdjacentPairs { get; init; }

    private static readonly HashSet<string> Keys =
        [.. Json.Options.GetTypeInfo(typeof(TransformerLensConfiguration)).Properties.Select(property => property.Name)];

    /// <summary>What attention scores are divided by.</summary>
    public double ScoreDivisor() => !UseAttnScale ? 1.0 : AttnScale is { } given and not -1.0 ? given : Math.Sqrt(DHead);

    /// <summary>How many components of a head turn with rotary positions.</summary>
    public int RotatedDimensions() => RotaryDim ?? RotaryTable.RotatedDimensions(DHead);

    /// <summary>The configuration of a model that we train.</summary>
    public static TransformerLensConfiguration From(ModelConfiguration model, int vocab)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new TransformerLensConfiguration
        {
            NLayers = model.Layers,
            DModel = model.DModel,
            NCtx = model.NCtx,
            DHead = model.DHead,
            NHeads = model.Heads,
            DVocab = vocab,
            DVocabOut = vocab,
            NormalizationType = model.LayerNorm ? "LN" : null,
            AttnScale = Math.Sqrt(model.DHead),
            RotaryDim = model.Positions == PositionKind.Rotary ? RotaryTable.RotatedDimensions(model.DHead) : null,
            PositionalEmbeddingType = model.Positions switch
            {
                PositionKind.Shortformer => "shortformer",
                PositionKind.Rotary => "rotary",
                _ => "standard", // TransformerLens has no word for "none": such a model is written with W_pos = 0
            },
        };
    }

    /// <summary>Reads and checks a configuration file.</summary>
    /// <exception cref="ModelFileException">It cannot be read or breaks a rule.</exception>
    public static TransformerLensConfiguration Read(string path)
    {
        try
        {
            return Parse(UserFile.ReadText(path, MostBytes), path);
        }
        catch (UserFileException unreadable)
        {
            throw new ModelFileException(path, $"the model's configuration: {unreadable.Rule}; {unreadable.Fix}", unreadable);
        }
    }

    /// <summary>The same from memory.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="ModelFileException">Not JSON, a key is missing or has a value that we cannot compute with.</exception>
    public static TransformerLensConfiguration Parse(ReadOnlySpan<byte> json, string file)
    {
        try
        {
            var root = JsonElement.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new ModelFileException(file, $"must be a JSON object of TransformerLens' keys, found {root.ValueKind.ToString().ToLowerInvariant()}");
            }
            var read = root.Deserialize<TransformerLensConfiguration>(Json.Options)!;
            return (TransformerLensKeys.Problem(root, Keys) ?? read.Problem()) is { } problem ? throw new ModelFileException(file, problem) : read;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException) // the second: half a surrogate pair
        {
            throw new ModelFileException(file, $"is not a TransformerLens configuration: {malformed.Message}", malformed);
        }
    }

    /// <summary>The file's content.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json.Indented);

    private string? Problem()
    {
        (string Key, int Value, int Least)[] sizes =
            [("n_layers", NLayers, 0), ("d_model", DModel, 1), ("n_ctx", NCtx, 1), ("d_head", DHead, 1), ("n_heads", NHeads, NLayers == 0 ? 0 : 1), ("d_vocab", DVocab, 1)];
        return sizes.Where(size => size.Value < size.Least).Select(size => $"{size.Key} must be at least {size.Least}, found {size.Value}").FirstOrDefault() ?? this switch
        {
            { AttnOnly: false } => "attn_only must be true: models with MLPs are not supported",
            { AttentionDir: not "causal" } => $"attention_dir must be causal, found {AttentionDir}",
            { NormalizationType: not (null or "LN" or "LNPre") } => $"normalization_type must be null, LN or LNPre, found {NormalizationType}",
            { PositionalEmbeddingType: not ("shortformer" or "standard" or "rotary" or "none") } =>
                $"positional_embedding_type must be shortformer, standard, rotary or none, found {PositionalEmbeddingType}",
            { DVocabOut: { } words } when words != DVocab && words != -1 => $"d_vocab_out must equal d_vocab ({DVocab}), found {words}",
            _ when !(ScoreDivisor() > 0 && double.IsFinite(ScoreDivisor())) => $"attn_scale must be a finite number above 0, found {AttnScale}",
            _ when !(Eps > 0 && double.IsFinite(Eps)) => $"eps must be a finite number above 0, found {Eps}",
            { PositionalEmbeddingType: "rotary" } when RotatedDimensions() is var turning && (turning < 0 || turning > DHead || turning % 2 != 0) =>
                $"rotary_dim must be even and at most d_head ({DHead}), found {turning}",
            { PositionalEmbeddingType: "rotary" } when !(RotaryBase > 0 && double.IsFinite(RotaryBase)) => $"rotary_base must be a finite number above 0, found {RotaryBase}",
            _ => null,
        };
    }
}
