using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Pools;
using Orchestrator.Messaging;

namespace Orchestrator.Silo.Http;

/// <summary>Workers, version and health over HTTP.</summary>
internal static class WorkerEndpoints
{
    public static void MapWorkers(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/workers", async Task<Ok<IReadOnlyList<WorkerSummary>>> (IGrainFactory grains) =>
            TypedResults.Ok(await Workers(grains))).WithTags("Workers");
        routes.MapGet("/version", () => TypedResults.Ok(VersionInfo.Current)).WithTags("Version");
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok("live"));
        routes.MapGet("/health/ready", async (IGrainFactory grains, IBusHealth bus) =>
        {
            await Workers(grains);
            return TypedResults.Ok(bus.Up ? "ready" : "ready to read; the broker is away");
        });
    }

    private static async Task<IReadOnlyList<WorkerSummary>> Workers(IGrainFactory grains)
    {
        var pools = await Task.WhenAll(DeviceClass.All.Select(device => grains.GetGrain<IPoolGrain>(device).Workers()));
        return [.. pools.SelectMany(workers => workers)];
    }
}
