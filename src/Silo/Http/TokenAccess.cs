using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.Silo.Telemetry;

namespace Orchestrator.Silo.Http;

/// <summary>One token for everything: every request to the API, and for metrics, must carry it. Health stays open, for whoever probes it.</summary>
internal static class TokenAccess
{
    private const string Scheme = "Bearer ";
    private static readonly string[] Closed = ["/api", PrometheusEndpoint.Path];

    public static void UseToken(this IApplicationBuilder app, string token)
    {
        var expected = Hash(token); // hashes are of one length, so that the comparison tells nothing about the token
        app.Use(async (context, next) =>
        {
            if (!Closed.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)) || IsGood(context.Request.Headers.Authorization.ToString(), expected))
            {
                await next(context);
                return;
            }
            await TypedResults.Problem(
                "Send the header 'Authorization: Bearer TOKEN'; the command line does with --token-file or ORCHESTRATOR_TOKEN.",
                statusCode: StatusCodes.Status401Unauthorized, title: "A token is needed").ExecuteAsync(context);
        });
    }

    private static bool IsGood(string header, byte[] expected) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), expected);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
