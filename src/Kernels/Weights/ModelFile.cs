using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Weights;

/// <summary>One model with the configuration that says how to compute with it, in TransformerLens' names and layouts on disk.</summary>
/// <param name="Configuration">Its shape and conventions.</param>
/// <param name="Weights">Its weights, as a pack of one on the CPU in float32. The owner disposes them.</param>
public sealed record ModelFile(TransformerLensConfiguration Configuration, ModelWeights Weights)
{
    // Constant tables that TransformerLens stores beside the weights.
    private static readonly string[] Buffers = [".attn.mask", ".attn.IGNORE", ".attn.rotary_sin", ".attn.rotary_cos"];

    /// <summary>Reads a weights file and its configuration.</summary>
    /// <param name="path">The safetensors file.</param>
    /// <param name="configuration">The configuration's path; by default the weights' with <c>.config.json</c> for <c>.safetensors</c>.</param>
    /// <exception cref="ModelFileException">Either file is missing or broken, or they contradict each other.</exception>
    public static ModelFile Read(string path, string? configuration = null)
    {
        var beside = configuration ?? Path.ChangeExtension(path, ".config.json");
        using var reader = SafetensorsReader.Open(path); // first: of a mistyped name both files are missing, and this is the one that was named
        var parsed = TransformerLensConfiguration.Read(beside);
        return new ModelFile(parsed, ReadWeights(reader, parsed));
    }

    /// <summary>Reads the weights that a configuration describes.</summary>
    /// <returns>A pack of one; biases that are missing or zero are null, so is W_pos where positions are rotary or absent.</returns>
    /// <exception cref="ModelFileException">A tensor is missing, has a wrong shape or is not known.</exception>
    public static ModelWeights ReadWeights(SafetensorsReader reader, TransformerLensConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(configuration);
        Native.TorchRuntime.Load();
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var layout = new ModelFileLayout(reader, configuration);
        var weights = layout.Read();
        var unknown = reader.Header.Entries.Keys.FirstOrDefault(name => !layout.Used.Contains(name) && !Buffers.Any(name.EndsWith));
        if (unknown is not null)
        {
            throw new ModelFileException(reader.File, $"tensor '{unknown}' is not part of the attention-only model that the configuration describes " +
                $"({configuration.NLayers} layers, normalization_type {configuration.NormalizationType ?? "null"}): remove it or correct the configuration");
        }
        foreach (var tensor in weights.All())
        {
            tensor.MoveToOuterDisposeScope();
        }
        return weights;
    }

    /// <summary>The weights file of one model of a pack. It stands alone: sinusoids are written as W_pos, biases as zeros.</summary>
    /// <param name="weights">The pack.</param>
    /// <param name="member">Which model of it.</param>
    /// <param name="model">The pack's shape.</param>
    /// <param name="metadata">What the file says about itself.</param>
    public static byte[] Write(ModelWeights weights, int member, ModelConfiguration model, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        return SafetensorsWriter.Write(ModelFileLayout.Tensors(weights.Member(member), model).ToList(), metadata);
    }
}
