using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Native;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Training;

/// <summary>
/// Trains packs in parts that fit into the device's memory. A part that does not fit goes back to what is stored and is tried again in
/// halves, and packs of its shape are not tried at that size again on that device. A run that does not fit alone fails its attempt.
/// </summary>
internal sealed class FittingPacks(ILogger log)
{
    private readonly ConcurrentDictionary<(string Device, PackShape Shape), int> _tooMany = [];

    /// <summary>Trains every live member of a pack, or gives the rest back when the worker is told to stop.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="train">Trains a part of it to the end of each member.</param>
    /// <exception cref="TensorMemoryException">One member alone does not fit.</exception>
    public void Run(PackSession pack, Action<PackSession> train)
    {
        var place = (pack.Device, PackShape.Of(pack.Members[0].Assignment.Configuration));
        while (pack.Live.ToArray() is { Length: > 0 } live)
        {
            if (pack.Draining.IsCancellationRequested)
            {
                pack.GiveBack();
                return;
            }
            int? tooMany = _tooMany.TryGetValue(place, out var known) ? known : null;
            var part = pack with { Members = [.. live.Take(tooMany / 2 ?? live.Length)], TooMany = tooMany };
            try
            {
                train(part);
            }
            catch (TensorMemoryException tooMuch) when (part.Members.Count > 1)
            {
                var count = part.Members.Count;
                _tooMany.AddOrUpdate(place, count, (_, known) => Math.Min(known, count));
                WorkLog.DoesNotFit(log, pack.Id, count, pack.Device, count / 2, tooMuch.Message);
                foreach (var member in part.Live)
                {
                    member.GoBack();
                }
            }
        }
    }
}
