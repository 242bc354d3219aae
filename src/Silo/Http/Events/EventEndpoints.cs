using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Orchestrator.Contracts.Api;
using Orchestrator.Silo.Http.Access;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http.Events;

/// <summary>
/// One stream of server-sent events per client: which sweeps changed, at most twice a second. A client that comes back says what it saw last and hears of what it
/// missed. A slow one is told once of all that happened meanwhile; nobody waits for it.
/// </summary>
internal static class EventEndpoints
{
    private const int MostClients = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private static int _clients;

    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/events", Events).WithTags("Events");

    /// <summary>Server-sent events: which sweeps changed, at most twice a second. A client that comes back sends 'Last-Event-ID' and hears what it missed.</summary>
    internal static Results<ServerSentEventsResult<ChangeEvent>, ProblemHttpResult> Events(
        HttpRequest request, HttpAccess access, SessionBook sessions, CatalogueChanges changes, ControlPlanePlace place, TimeProvider time, IHostApplicationLifetime life, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _clients) > MostClients)
        {
            Interlocked.Decrement(ref _clients);
            return TypedResults.Problem($"{MostClients} clients listen already: close some, or ask again later.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "Too many listeners");
        }
        request.HttpContext.Response.OnCompleted(() =>
        {
            Interlocked.Decrement(ref _clients);
            return Task.CompletedTask;
        });
        return TypedResults.ServerSentEvents(Follow(
            changes, place, Seen(request.Headers["Last-Event-ID"].FirstOrDefault(), changes), () => Access.Access.MayRead(request, access, sessions), time, life.ApplicationStopping, cancellation));
    }

    /// <summary>What a client saw last of this process's changes; null if that was before it was started.</summary>
    private static long? Seen(string? id, CatalogueChanges changes) =>
        id?.Split('.') is [var mark, var number] && mark == changes.Mark && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last <= changes.Last ? last : null;

    private static async IAsyncEnumerable<SseItem<ChangeEvent>> Follow(
        CatalogueChanges changes, ControlPlanePlace place, long? last, Func<bool> mayRead, TimeProvider time, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellation);
        // Who comes for the first time, or after the server was started anew, looks at everything.
        var seen = last ?? changes.Last;
        yield return Item(last is null ? null : changes.Since(seen), seen);
        while (!either.IsCancellationRequested && mayRead()) // a token can be revoked, and a session end
        {
            var now = changes.Last;
            if (now > seen)
            {
                yield return Item(changes.Since(seen), now);
                seen = now;
            }
            else if (place.Shared)
            {
                yield return Item(null, seen); // other silos write too
            }
            else
            {
                yield return new SseItem<ChangeEvent>(new ChangeEvent([]), "still"); // a broken connection is noticed by writing to it
            }
            if (!await Wait(seen))
            {
                yield break;
            }
        }

        SseItem<ChangeEvent> Item(IReadOnlyList<string>? sweeps, long change) =>
            new(new ChangeEvent(sweeps), "changed") { EventId = string.Create(CultureInfo.InvariantCulture, $"{changes.Mark}.{change}") };

        async Task<bool> Wait(long change)
        {
            try
            {
                await Task.Delay(Pause, time, either.Token);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
                patience.CancelAfter(Silence);
                await changes.After(change, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return !either.IsCancellationRequested;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
