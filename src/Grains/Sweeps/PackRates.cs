using System.Collections.Concurrent;
using System.Numerics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Sweeps;

/// <summary>
/// How fast packs of a shape were on a class of device, by how many models they held, and how many did not fit: what the size of the next pack
/// is chosen by. <see cref="PackSizes"/> is where a shape begins that nobody has trained yet. Soft: what this process has seen, whatever the sweep.
/// </summary>
public sealed class PackRates
{
    /// <summary>A size that nobody has timed is tried only if so many packs of it are still to come: a bad one costs little then.</summary>
    private const int PacksWorthTrying = 4;
    private readonly ConcurrentDictionary<(string Device, PackShape Shape), Sizes> _shapes = [];

    /// <summary>Takes what a run took, if it was trained from its first step to its last in one pack; anything else does not say how fast the pack was.</summary>
    public void Add(Sweep sweep, RunRow row)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(row);
        if (row is { State: RunState.Completed, Attempt: 1, Pack: { Models: > 0 } pack, DeviceSeconds: > 0 })
        {
            var run = sweep.RunAt(row.Index);
            _shapes.GetOrAdd((DeviceClass.Of(pack.Device), PackShape.Of(run)), _ => new Sizes()).Add(pack, run.Train.Steps, row.DeviceSeconds);
        }
    }

    /// <summary>Runs per pack for a shape on a class of device, never so many that slots would stand idle.</summary>
    /// <param name="run">A run of the shape.</param>
    /// <param name="pending">Runs that wait.</param>
    /// <param name="slots">Slots that take them.</param>
    /// <param name="device">The class of device.</param>
    public int Size(RunConfiguration run, int pending, int slots, string device)
    {
        var most = Math.Max(1, pending / Math.Max(1, slots));
        var first = PackSizes.For(run, device);
        var alone = first == 1 && device == DeviceClass.Cpu; // one model fills a core, and members of a pack there need not have the bits of a run alone
        return Math.Min(most, !alone && _shapes.TryGetValue((device, PackShape.Of(run)), out var sizes) ? sizes.Best(most / PacksWorthTrying) : first);
    }

    /// <summary>The sizes of one shape, in powers of two.</summary>
    private sealed class Sizes
    {
        private readonly Dictionary<int, (double Steps, double Seconds)> _timed = [];
        private int _tooMany = int.MaxValue;

        public void Add(TrainedPack pack, int steps, double seconds)
        {
            lock (_timed)
            {
                var size = 1 << BitOperations.Log2((uint)pack.Models);
                var before = _timed.GetValueOrDefault(size);
                _timed[size] = (before.Steps + steps, before.Seconds + seconds);
                _tooMany = Math.Min(_tooMany, pack.TooMany ?? int.MaxValue);
            }
        }

        /// <summary>The fastest size, or twice or half as many where that was never timed and is worth trying.</summary>
        /// <param name="triable">The largest size that is worth trying.</param>
        public int Best(int triable)
        {
            lock (_timed)
            {
                var fitting = _timed.Where(size => size.Key < _tooMany).ToArray();
                if (fitting.Length == 0)
                {
                    return Math.Max(1, _tooMany / 2);
                }
                var best = fitting.MaxBy(size => size.Value.Steps / size.Value.Seconds).Key;
                return new[] { 2 * best, best / 2 }.FirstOrDefault(size => size > 0 && size <= triable && size < _tooMany && !_timed.ContainsKey(size), best);
            }
        }
    }
}
