using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.Silo.Http;

/// <summary>
/// Where queries, which take memory and time of the database, are answered: so many at a time, and fewer of one client, so that it leaves places to the others.
/// Who has none after a few seconds is told so.
/// </summary>
internal sealed class QueryPlaces : IDisposable
{
    private const int All = 4;
    private const int OfOneClient = 2;
    private const int Waiting = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PartitionedRateLimiter<HttpContext> _places = PartitionedRateLimiter.CreateChained(Limiter(OfOneClient, RequestLimits.ClientOf), Limiter(All, _ => ""));

    /// <summary>Answers in a place.</summary>
    public async ValueTask<object?> Enter(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        using var place = await Place(context);
        return place is { IsAcquired: true }
            ? await next(invocation)
            : RequestLimits.Refusal(context, Patience, $"The server answers {All} queries at a time, {OfOneClient} of one client, and none of them has ended in time for this one: ask again in a moment.");
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task<RateLimitLease?> Place(HttpContext context)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Patience);
        try
        {
            return await _places.AcquireAsync(context, 1, patience.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
    }

    private static PartitionedRateLimiter<HttpContext> Limiter(int places, Func<HttpContext, string> client) => PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetConcurrencyLimiter(
            client(context), _ => new ConcurrencyLimiterOptions { PermitLimit = places, QueueLimit = Waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }));
}
