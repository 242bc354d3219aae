using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging;

/// <summary>
/// A pack on the wire. The bus library inspects a message's type tree before it sends it, and does not come to an end with the
/// polymorphic configuration of a run; so it sees a flat message, and the pack inside is our own JSON.
/// </summary>
/// <param name="PackId">The pack.</param>
/// <param name="Body">The pack as JSON.</param>
public sealed record PackMessage(string PackId, string Body)
{
    internal static PackMessage From(TrainPack pack) => new(pack.PackId, JsonSerializer.Serialize(pack, Json.Options));

    internal TrainPack Read() => JsonSerializer.Deserialize<TrainPack>(Body, Json.Options) ?? throw new JsonException($"pack {PackId} is empty");
}
