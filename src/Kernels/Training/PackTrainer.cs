using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>Why a member of a pack stopped learning: its loss was no longer a number.</summary>
/// <param name="Step">Updates done when it happened; its weights are still those of that step.</param>
/// <param name="Loss">The loss: NaN or an infinity.</param>
public sealed record Divergence(int Step, double Loss);

/// <summary>
/// Trains a pack of models of one shape, each under its own configuration and seed, as one batched program. Every member
/// computes the same bits as it would alone (at one thread). Synchronous: it belongs to the thread that calls it, which should
/// have set its number of threads.
/// </summary>
/// <remarks>A member that has reached its last step, or diverged, stays in the batch as it is, to the bit, while the others go on.</remarks>
public sealed class PackTrainer : IDisposable
{
    private readonly IReadOnlyList<RunConfiguration> _runs;
    private readonly Transformer _model;
    private readonly ParameterBuffer _parameters;
    private readonly IAdamW _optimizer;
    private readonly SequenceStream[] _streams;
    private readonly Tensor _tokens;            // [S, B, T] on the host
    private readonly Device _device;
    private readonly int[] _steps;
    private readonly float[] _losses;
    private readonly Divergence?[] _divergences;

    /// <summary>Draws initial weights, or takes them from checkpoints, and opens the data streams.</summary>
    /// <param name="runs">The members. They must share <see cref="PackShape"/>.</param>
    /// <param name="texts">Where text files come from; may be null where no part is text.</param>
    /// <param name="device">Where to train; the CPU by default.</param>
    /// <param name="checkpoints">For every member where to continue, or null to start it; null starts all.</param>
    /// <exception cref="ArgumentException">The runs do not share a shape, or there is none.</exception>
    /// <exception cref="DataConfigurationException">A data configuration cannot work.</exception>
    /// <exception cref="ModelFileException">A checkpoint is broken or of another run.</exception>
    /// <exception cref="TensorMemoryException">The pack does not fit into memory.</exception>
    public PackTrainer(IReadOnlyList<RunConfiguration> runs, ITextContents? texts = null, Device? device = null, IReadOnlyList<byte[]?>? checkpoints = null)
    {
        Shape = CheckShape(runs);
        Native.TorchRuntime.Load();
        (_runs, _device) = (runs, device ?? CPU);
        // Runs with the same data share its tables and texts.
        var data = runs.Select(run => JsonSerializer.Serialize(run.Data, Json.Options)).ToArray();
        var mixtures = runs.Index().DistinctBy(run => data[run.Index])
            .ToDictionary(run => data[run.Index], run => new SequenceMixture(run.Item.Data, Shape.Model.NCtx, texts));
        (Layout, _model, _parameters, _optimizer, _tokens) = TensorMemoryException.Guard($"a pack of {runs.Count} models", Allocate);
        (_steps, _losses, _divergences) = (new int[runs.Count], new float[runs.Count], new Divergence?[runs.Count]);
        Array.Fill(_losses, float.NaN);
        _streams = [.. runs.Select((run, member) => Start(run, member, mixtures[data[member]], checkpoints?[member]))];
    }

    /// <summary>What the members share.</summary>
    public PackShape Shape { get; }
    /// <summary>How parameters lie in checkpoints.</summary>
    public ParameterLayout Layout { get; }
    /// <summary>Updates done, per member.</summary>
    public IReadOnlyList<int> Steps => _steps;
    /// <summary>Mean training loss of the last step per member, nats, before that step's update; NaN before the first.</summary>
    public IReadOnlyList<float> Losses => _losses;
    /// <summary>Per member, when and how its loss stopped being a number, or null.</summary>
    public IReadOnlyList<Divergence?> Divergences => _divergences;
    /// <summary>Whether no member has anything left to learn.</summary>
    public bool Done => !Enumerable.Range(0, _runs.Count).Any(Learns);
    /// <summary>The pack's current weights as views [S, ...] into the live buffer: they change with the next step. Measure under <c>no_grad</c>.</summary>
    public ModelWeights Weights => _parameters.Weights;

    /// <summary>One update of every member that still learns.</summary>
    /// <exception cref="TensorMemoryException">The step did not fit into memory. The trainer cannot go on: dispose it and continue from checkpoints in a smaller pack.</exception>
    public void Step()
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad(true);
        NextBatch();
        var tokens = _tokens.to(_device);                                               // [S, B, T]
        var byPart = TensorMemoryException.Guard("a training step", () =>
        {
            var losses = _model.TokenLosses(Weights, tokens).mean([1, 2]);              // [S]
            losses.detach().cpu().data<float>().CopyTo(_losses);
            return autograd.grad([losses.sum()], _parameters.Trainable);
        });
        NoteDivergences();
        _optimizer.Step([.. byPart], [.. _runs.Select((run, member) =>
            Learns(member) ? AdamWCoefficients.At(run.Train, _steps[member]) : (AdamWCoefficients?)null)]);
        for (var member = 0; member < _runs.Count; member++)
        {
            _steps[member] += Learns(member) ? 1 : 0;
        }
    }

    /// <summary>One member's weights as a TransformerLens file that stands alone.</summary>
    /// <param name="member">Its number in the pack.</param>
    public byte[] Export(int member) => ModelFile.Write(Weights, member, Shape.Model, new Dictionary<string, string>
    {
        ["step"] = _steps[member].ToString(System.Globalization.CultureInfo.InvariantCulture),
    });

    /// <summary>The configuration file that belongs beside <see cref="Export"/>.</summary>
    public byte[] ExportConfiguration() => TransformerLensConfiguration.From(Shape.Model, Shape.Vocab).ToJson();

    /// <summary>Everything that one member needs to go on elsewhere with the same bits.</summary>
    /// <param name="member">Its number in the pack.</param>
    public byte[] Checkpoint(int member) => new MemberCheckpoint(
        _steps[member], _parameters.Gather(_parameters.Flat, member), _parameters.Gather(_optimizer.Moment1, member), _parameters.Gather(_optimizer.Moment2, member),
        _streams[member].State, _streams[member].Drawn, _losses[member]).ToBytes(Layout);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _optimizer.Dispose();
        _parameters.Dispose();
        _model.Dispose();
    }

    private bool Learns(int member) => _divergences[member] is null && _steps[member] < _runs[member].Train.Steps;

    // Members that are done keep their last batch: nothing reads what it gives.
    private void NextBatch()
    {
        var rows = MemoryMarshal.Cast<byte, long>(_tokens.bytes);
        var each = rows.Length / _streams.Length;
        for (var member = 0; member < _streams.Length; member++)
        {
            if (Learns(member))
            {
                _streams[member].Next(rows.Slice(member * each, each));
            }
        }
    }

    private void NoteDivergences()
    {
        for (var member = 0; member < _losses.Length; member++)
        {
            if (Learns(member) && !float.IsFinite(_losses[member]))
            {
                _divergences[member] = new Divergence(_steps[member], _losses[member]);
            }
        }
    }

    private (ParameterLayout, Transformer, ParameterBuffer, IAdamW, Tensor) Allocate()
    {
        using var scope = NewDisposeScope();
        var layout = ParameterLayout.Of(Shape.Model, Shape.Vocab, _runs[0].Train.Init);
        var buffer = new ParameterBuffer(Shape.Model, layout, _runs.Count, _device);
        IAdamW optimizer = _device.type == DeviceType.CPU ? new HostAdamW(buffer) : new DeviceAdamW(buffer);
        var tokens = zeros([_runs.Count, Shape.Batch, Shape.Model.NCtx], ScalarType.Int64).DetachFromDisposeScope();
        return (layout, new Transformer(Shape.Model, _device), buffer, optimizer, tokens);
    }

    private SequenceStream Start(RunConfiguration run, int member, SequenceMixture mixture, byte[]? content)
    {
        if (content is null)
        {
            _parameters.Scatter(ParameterBuffer.Initial(ParameterLayout.Of(Shape.Model, Shape.Vocab, run.Train.Init), run.Seed), _parameters.Flat, member);
            return SequenceStream.Start(mixture, run.Seed);
        }
        var checkpoint = MemberCheckpoint.FromBytes(content, Layout, $"checkpoint of seed {run.Seed}");
        _parameters.Scatter(checkpoint.Weights, _parameters.Flat, member);
        _parameters.Scatter(checkpoint.Moment1, _optimizer.Moment1, member);
        _parameters.Scatter(checkpoint.Moment2, _optimizer.Moment2, member);
        (_steps[member], _losses[member]) = (checkpoint.Step, checkpoint.Loss);
        return SequenceStream.Continue(mixture, checkpoint.DataState, checkpoint.Drawn);
    }

    private static PackShape CheckShape(IReadOnlyList<RunConfiguration> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
        {
            throw new ArgumentException("a pack needs at least one run", nameof(runs));
        }
        var shape = PackShape.Of(runs[0]);
        return runs.FirstOrDefault(run => PackShape.Of(run) != shape) is { } other
            ? throw new ArgumentException($"runs of a pack must share model, vocabulary and batch: {shape} and {PackShape.Of(other)} differ", nameof(runs))
            : shape;
    }
}
