using Orchestrator.Contracts.Api;

namespace Orchestrator.Grains.Heads;

/// <summary>One head of one run. Key: <c>RUN/layer.head</c>. A virtual view over the facts: activated when somebody looks, never by the thousand.</summary>
public interface IHeadGrain : IGrainWithStringKey
{
    /// <summary>The head's trajectory, classification and partners; null if there is no such head.</summary>
    /// <param name="threshold">Prefix-matching score from which it counts as an induction head: that of the sweep from which somebody looks.</param>
    Task<HeadView?> View(double threshold);
}
