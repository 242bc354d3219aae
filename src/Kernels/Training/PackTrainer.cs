using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using Orchestrator.Kernels.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>Why a member of a pack stopped learning: its loss was no longer a number.</summary>
/// <param name="Step">Updates done when it happened; its weights are still those of that step.</param>
/// <param name="Loss">The loss: NaN or an infinity.</param>
public sealed record Divergence(int Step, double Loss);

/// <summary>
/// Trains a pack of models of one kind and shape, each under its own configuration and seed, as one batched program. On the CPU every
/// member computes the same bits as it would alone (at one thread): shapes for which a batch was measured to change them, or would
/// be slower, run as one program per member. Synchronous: it belongs to the thread that calls it, which should have set its number of threads.
/// </summary>
/// <remarks>A member that has reached its last step, or diverged, stays in the batch as it is, to the bit, while the others go on.</remarks>
public sealed class PackTrainer : IDisposable
{
    private const int DrawnAtOnce = 4;          // updates: the first few are waited for, the others drawn while a device computes
    private readonly IReadOnlyList<RunConfiguration> _runs;
    private readonly ITrainable _kind;
    private readonly PackProgram[] _programs;   // one for all members, or one for each
    private readonly SampleStream[] _streams;
    private readonly int[] _steps;
    private readonly float[] _losses;
    private readonly Divergence?[] _divergences;
    private readonly bool _onDevice;
    private readonly Dictionary<Tensor, Tensor> _onHost = new(ReferenceEqualityComparer.Instance);

    /// <summary>Draws initial weights, or takes them from checkpoints, and opens the data streams.</summary>
    /// <param name="kind">What the members are, at the sizes that they share.</param>
    /// <param name="runs">The members. They must share <see cref="PackShape"/>.</param>
    /// <param name="texts">Where text files come from; may be null if no part is text.</param>
    /// <param name="device">Where to train; the CPU by default.</param>
    /// <param name="checkpoints">For every member where to continue, or null to start it; null starts all.</param>
    /// <exception cref="ArgumentException">The runs do not share a shape, there is none, or one asks for an optimizer that does not exist.</exception>
    /// <exception cref="DataConfigurationException">A data configuration cannot work.</exception>
    /// <exception cref="ModelFileException">A checkpoint is broken or of another run.</exception>
    /// <exception cref="TensorMemoryException">The pack does not fit into memory.</exception>
    public PackTrainer(ITrainable kind, IReadOnlyList<RunConfiguration> runs, ITextContents? texts = null, Device? device = null, IReadOnlyList<byte[]?>? checkpoints = null)
        : this(kind, runs, texts, device, checkpoints, queued: null)
    {
    }

    /// <summary>The same; tests give the step that a device would have.</summary>
    internal PackTrainer(
        ITrainable kind, IReadOnlyList<RunConfiguration> runs, ITextContents? texts, Device? device, IReadOnlyList<byte[]?>? checkpoints, Func<ParameterBuffer, IPackStep>? queued)
    {
        Shape = CheckShape(runs);
        TorchRuntime.Load();
        (_runs, _kind, _onDevice) = (runs, kind ?? throw new ArgumentNullException(nameof(kind)), queued is not null || (device ?? CPU).type != DeviceType.CPU);
        Layout = _kind.Layout(runs[0].Train.Init);
        (_steps, _losses, _divergences) = (new int[runs.Count], new float[runs.Count], new Divergence?[runs.Count]);
        Array.Fill(_losses, float.NaN);
        // Runs with the same data share its tables and texts.
        var data = runs.Select(run => JsonSerializer.Serialize(run.Data, Json.Options)).ToArray();
        var sources = runs.Index().DistinctBy(run => data[run.Index])
            .ToDictionary(run => data[run.Index], run => _kind.Samples(run.Item.Data, texts));
        _programs = TensorMemoryException.Guard($"a pack of {runs.Count} models", () => Programs(device ?? CPU, [.. data.Select(key => sources[key])], queued));
        try
        {
            _streams = new SampleStream[runs.Count];
            StartAll(member => _streams[member] = Start(runs[member], member, sources[data[member]], checkpoints?[member]));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the members share.</summary>
    public PackShape Shape { get; }
    /// <summary>How parameters lie in checkpoints.</summary>
    public ParameterLayout Layout { get; }
    /// <summary>How the pack is trained: as one program or a program for each member, and by what.</summary>
    public string Description => $"{(_programs.Length == 1 ? "as one program" : "a program each")} of {_programs[0].Step.Description}";
    /// <summary>Updates done, per member.</summary>
    public IReadOnlyList<int> Steps => _steps;
    /// <summary>Mean training loss of the last step per member, nats, before that step's update; NaN before the first.</summary>
    public IReadOnlyList<float> Losses => _losses;
    /// <summary>Per member, when and how its loss stopped being a number, or null.</summary>
    public IReadOnlyList<Divergence?> Divergences => _divergences;
    /// <summary>Whether no member has anything left to learn.</summary>
    public bool Done => !Enumerable.Range(0, _runs.Count).Any(Learns);

    /// <summary>
    /// The current weights as live views by name, in the order of the members: one pack [S, ...] of all, or packs of one. They change
    /// with the next step and want gradients: measure under <c>no_grad</c>.
    /// </summary>
    public IReadOnlyList<IReadOnlyDictionary<string, Tensor>> Packs => [.. _programs.Select(program => program.Parameters.Weights)];

    /// <summary>One member's weights by name, as a pack of one that shares the live memory. Call within a dispose scope.</summary>
    /// <param name="member">Its number in the pack.</param>
    public IReadOnlyDictionary<string, Tensor> Weights(int member)
    {
        var (program, slot) = Place(member);
        return program.Parameters.Weights.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.narrow(0, slot, 1));
    }

    /// <summary>
    /// The weights of some members by name, as packs of those that one program holds. They may share the live memory: call within a dispose
    /// scope, and measure under <c>no_grad</c> before the next step.
    /// </summary>
    public IEnumerable<(IReadOnlyList<int> Members, IReadOnlyDictionary<string, Tensor> Pack)> WeightsOf(IReadOnlyList<int> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (_programs.Length > 1 || members.Count == 1)
        {
            return members.Select(member => ((IReadOnlyList<int>)[member], Weights(member)));
        }
        var all = _programs[0].Parameters.Weights;
        if (members.SequenceEqual(Enumerable.Range(0, _runs.Count)))
        {
            return [(members, all)];
        }
        var slots = tensor([.. members.Select(member => (long)member)], device: _programs[0].Parameters.Flat.device);
        return [(members, all.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.detach().index_select(0, slots)))];
    }

    /// <summary>Updates every member that still learns, once or a few times: as often as its program can be told ahead.</summary>
    /// <param name="most">Updates of each member at most.</param>
    /// <returns>Updates of each member that had as many left and did not diverge.</returns>
    /// <exception cref="TensorMemoryException">The step did not fit into memory. The trainer cannot go on: dispose it and continue from checkpoints in a smaller pack.</exception>
    public int Step(int most = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ForgetHost();
        var learns = Enumerable.Range(0, _runs.Count).Where(Learns).ToArray();
        var updates = Math.Min(most, _programs[0].Step.Most);
        var each = _runs.Count / _programs.Length;
        foreach (var program in learns.GroupBy(member => member / each))
        {
            TensorMemoryException.Guard("a training step", () => Step(_programs[program.Key].Step, program.Key * each, [.. program], updates));
        }
        return updates;
    }

    /// <summary>One member's weights as a file that stands alone: a transformer with TransformerLens' names, a toy model as W [m, n] and b [n].</summary>
    /// <param name="member">Its number in the pack.</param>
    public byte[] Export(int member)
    {
        using var scope = NewDisposeScope();
        var (program, slot) = Place(member);
        return Export(program.Parameters.Views(OnHost(program.Parameters.Flat)), slot, member);
    }

    /// <summary>The same of several members: read from a device at once, and made on all cores there.</summary>
    public byte[][] Export(IReadOnlyList<int> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (_programs.Length > 1 || !_onDevice)
        {
            return [.. members.Select(Export)];
        }
        using var scope = NewDisposeScope();
        var weights = _programs[0].Parameters.Views(OnHost(_programs[0].Parameters.Flat));
        var files = new byte[members.Count][];
        Parallel.For(0, files.Length, n => files[n] = Export(weights, members[n], members[n]));
        return files;
    }

    /// <summary>The configuration file that belongs beside <see cref="Export(int)"/>.</summary>
    public byte[] ExportConfiguration() => _kind.ExportConfiguration();

    /// <summary>Everything that one member needs to go on elsewhere with the same bits.</summary>
    /// <param name="member">Its number in the pack.</param>
    /// <param name="run">
    /// Whose it is; written into it. Runs that differ in what comes later (the number of steps) are in the same state until then, and
    /// each must be able to delete its own file, which is named by its content.
    /// </param>
    public byte[] Checkpoint(int member, string run = "")
    {
        var (program, slot) = Place(member);
        return new MemberCheckpoint(
            _steps[member], program.Parameters.Gather(OnHost(program.Parameters.Flat), slot),
            program.Parameters.Gather(OnHost(program.Step.Moment1), slot), program.Parameters.Gather(OnHost(program.Step.Moment2), slot),
            _runs[member].Seed, _streams[member].State, _streams[member].Drawn, _losses[member]).ToBytes(Layout, run);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetHost();
        foreach (var program in _programs)
        {
            program.Dispose();
        }
    }

    private byte[] Export(IReadOnlyDictionary<string, Tensor> weights, int slot, int member)
    {
        using var scope = NewDisposeScope();
        return _kind.Export(weights, slot, new Dictionary<string, string> { ["step"] = _steps[member].ToString(CultureInfo.InvariantCulture) });
    }

    /// <summary>A buffer of a program where the host can read it: itself, or a copy that is good until the next step.</summary>
    private Tensor OnHost(Tensor buffer) =>
        !_onDevice ? buffer : _onHost.TryGetValue(buffer, out var copy) ? copy : _onHost[buffer] = buffer.cpu().DetachFromDisposeScope();

    private void ForgetHost()
    {
        foreach (var copy in _onHost.Values)
        {
            copy.Dispose();
        }
        _onHost.Clear();
    }

    private bool Learns(int member) => _divergences[member] is null && Left(member) > 0;

    private (PackProgram Program, int Slot) Place(int member) => _programs.Length == 1 ? (_programs[0], member) : (_programs[member], 0);

    private PackProgram[] Programs(Device device, IReadOnlyList<ISampleSource> sources, Func<ParameterBuffer, IPackStep>? queued)
    {
        var together = _onDevice || _runs.Count == 1 || _kind.BatchPaysOnHost && BatchedBits.Kept(_kind, _runs, sources);
        return [.. Enumerable.Range(0, together ? 1 : _runs.Count).Select(_ => new PackProgram(_kind, Layout, together ? _runs.Count : 1, device, queued))];
    }

    /// <summary>Some updates of one program, whose first member is given, and of its members those that learn.</summary>
    private void Step(IPackStep program, int first, IReadOnlyList<int> learns, int updates)
    {
        for (var drawn = 0; drawn < updates; drawn += DrawnAtOnce)
        {
            // Members that are done keep their last samples: nothing reads what they give.
            var until = Math.Min(updates, drawn + DrawnAtOnce);
            Draw(program, first, learns, drawn, until);
            for (var update = drawn; update < until; update++)
            {
                var coefficients = new AdamWCoefficients?[_runs.Count / _programs.Length];
                foreach (var member in learns.Where(member => Left(member) > update))
                {
                    coefficients[member - first] = AdamWCoefficients.At(_runs[member].Train, _steps[member] + update);
                }
                program.Update(coefficients);
            }
        }
        var losses = program.Losses();
        foreach (var member in learns)
        {
            foreach (var loss in losses.Take(Left(member)).Select(update => update[member - first]))
            {
                _losses[member] = loss;
                if (!float.IsFinite(loss))
                {
                    _divergences[member] = new Divergence(_steps[member], loss);
                    break;
                }
                _steps[member]++;
            }
        }
    }

    /// <summary>Draws the samples of updates <paramref name="from"/> .. <paramref name="until"/> - 1: on all cores where a device computes meanwhile.</summary>
    private void Draw(IPackStep program, int first, IReadOnlyList<int> learns, int from, int until)
    {
        if (program.Most == 1)
        {
            foreach (var member in learns)
            {
                _streams[member].Next(program.Samples(0, member - first));
            }
            return;
        }
        Parallel.ForEach(Partitioner.Create(0, learns.Count, Math.Max(1, learns.Count / (4 * Environment.ProcessorCount))), range =>
        {
            foreach (var member in learns.Skip(range.Item1).Take(range.Item2 - range.Item1))
            {
                for (var update = from; update < Math.Min(until, Left(member)); update++)
                {
                    _streams[member].Next(program.Samples(update, member - first));
                }
            }
        });
    }

    private int Left(int member) => _runs[member].Train.Steps - _steps[member];

    /// <summary>Starts every member: for a device on all cores, in the host's copies of its buffers, which travel at once.</summary>
    private void StartAll(Action<int> start)
    {
        if (!_onDevice)
        {
            for (var member = 0; member < _runs.Count; member++)
            {
                start(member);
            }
            return;
        }
        using var plain = no_grad();
        var copies = new[] { _programs[0].Parameters.Flat, _programs[0].Step.Moment1, _programs[0].Step.Moment2 }.Select(buffer => (Buffer: buffer, Copy: OnHost(buffer))).ToArray();
        try
        {
            Parallel.For(0, _runs.Count, start);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
        foreach (var (buffer, copy) in copies)
        {
            buffer.copy_(copy);
        }
    }

    private SampleStream Start(RunConfiguration run, int member, ISampleSource source, byte[]? content)
    {
        var (program, slot) = Place(member);
        var (parameters, flat) = (program.Parameters, OnHost(program.Parameters.Flat));
        if (content is null)
        {
            parameters.Scatter(ParameterBuffer.Initial(_kind.Layout(run.Train.Init), run.Seed), flat, slot);
            return SampleStream.Start(source, run.Seed);
        }
        var checkpoint = MemberCheckpoint.FromBytes(content, Layout, run.Seed, $"checkpoint of seed {run.Seed}");
        parameters.Scatter(checkpoint.Weights, flat, slot);
        parameters.Scatter(checkpoint.Moment1, OnHost(program.Step.Moment1), slot);
        parameters.Scatter(checkpoint.Moment2, OnHost(program.Step.Moment2), slot);
        (_steps[member], _losses[member]) = (checkpoint.Step, checkpoint.Loss);
        return SampleStream.Continue(source, checkpoint.DataState, checkpoint.Drawn);
    }

    /// <summary>What runs share; throws <see cref="ArgumentException"/> if that is not enough for a pack.</summary>
    internal static PackShape CheckShape(IReadOnlyList<RunConfiguration> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
        {
            throw new ArgumentException("a pack needs at least one run", nameof(runs));
        }
        if (runs.FirstOrDefault(run => run.Train.Optimizer != "adamw" || run.Train.Betas.Count != 2) is { } strange)
        {
            throw new ArgumentException($"train.optimizer must be adamw with two betas, found {strange.Train.Optimizer} with [{string.Join(", ", strange.Train.Betas)}]", nameof(runs));
        }
        var shape = PackShape.Of(runs[0]);
        return runs.FirstOrDefault(run => PackShape.Of(run) != shape) is { } other
            ? throw new ArgumentException($"runs of a pack must share model, vocabulary and batch: {shape} and {PackShape.Of(other)} differ", nameof(runs))
            : shape;
    }
}
