enum ActorsPlaceholder {}
