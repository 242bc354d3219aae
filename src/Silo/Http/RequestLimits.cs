using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;

namespace Orchestrator.Silo.Http;

/// <summary>How much of a server one client may take: whoever asks too much is told so, and costs nobody's run.</summary>
internal static class RequestLimits
{
    private const int RequestsPerSecond = 5_000;

    public static void Configure(RateLimiterOptions options)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            ClientOf(context),
            _ => new TokenBucketRateLimiterOptions { TokenLimit = 2 * RequestsPerSecond, TokensPerPeriod = RequestsPerSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 }));
        options.OnRejected = async (rejected, _) => await Refusal(
            rejected.HttpContext, TimeSpan.FromSeconds(1), "The server has as much to do as it takes from one client: ask again in a moment.").ExecuteAsync(rejected.HttpContext);
    }

    /// <summary>Who asks: those of one address are one.</summary>
    public static string ClientOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    /// <summary>Too much was asked; when to ask again.</summary>
    public static ProblemHttpResult Refusal(HttpContext context, TimeSpan again, string detail)
    {
        context.Response.Headers.RetryAfter = again.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status429TooManyRequests, title: "Too many requests");
    }
}
