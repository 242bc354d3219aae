using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Api;
using Orchestrator.Grains.Pools;

namespace Orchestrator.Silo.Http;

/// <summary>Workers, version and health over HTTP.</summary>
internal static class WorkerEndpoints
{
    public static void MapWorkers(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/workers", async Task<Ok<IReadOnlyList<WorkerSummary>>> (IGrainFactory grains) =>
            TypedResults.Ok(await grains.GetGrain<IPoolGrain>("cpu").Workers())).WithTags("Workers");
        routes.MapGet("/version", () => TypedResults.Ok(VersionInfo.Current)).WithTags("Version");
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok("live"));
        routes.MapGet("/health/ready", async (IGrainFactory grains) =>
        {
            await grains.GetGrain<IPoolGrain>("cpu").Workers();
            return TypedResults.Ok("ready");
        });
    }
}
