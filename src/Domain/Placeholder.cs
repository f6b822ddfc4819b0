namespace PortraitGen.Domain;
internal static class Placeholder;
