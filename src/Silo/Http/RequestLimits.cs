using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;

namespace Orchestrator.Silo.Http;

/// <summary>How much of a server one client, and all queries together, may take: whoever asks too much waits, and costs nobody's run.</summary>
internal static class RequestLimits
{
    /// <summary>The policy of what takes memory and time of the database.</summary>
    public const string Queries = "queries";

    private const int RequestsPerSecond = 5_000;
    private const int QueriesAtATime = 4;
    private const int QueriesThatWait = 32;

    public static void Configure(RateLimiterOptions options)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.AddConcurrencyLimiter(Queries, queries => (queries.PermitLimit, queries.QueueLimit, queries.QueueProcessingOrder) = (QueriesAtATime, QueriesThatWait, QueueProcessingOrder.OldestFirst));
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new TokenBucketRateLimiterOptions { TokenLimit = 2 * RequestsPerSecond, TokensPerPeriod = RequestsPerSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 }));
        options.OnRejected = async (rejected, _) => await TypedResults.Problem(
            "The server has as much to do as it takes from one client, or from all queries together: ask again in a moment.", statusCode: StatusCodes.Status429TooManyRequests, title: "Too many requests").ExecuteAsync(rejected.HttpContext);
    }
}
